using Yunhe.Engines.Launching;

namespace Yunhe.Server.Checkpoints;

/// <summary>
/// Which files of a checkpoint folder are copied. What stands directly in the folder, a file or a folder with all in it, is an entry, and is copied
/// whole or not at all.
/// </summary>
internal static class CheckpointRule
{
    private static readonly string[] Unfinished = [".tmp", ".temp", ".part", ".partial", ".incomplete"];

    /// <summary>Without what has a name of something unfinished.</summary>
    public static FolderListing Finished(FolderListing listing) =>
        listing.Problem is null ? new([.. listing.Files.Where(f => !f.Path.Split('/').Any(IsUnfinished))]) : listing;

    /// <summary>
    /// The entries that are the same in two looks. One that has come or gone between them is left out; null where one of them is being
    /// written to, since without it the copy would lack what an older copy may have.
    /// </summary>
    public static FolderListing? Whole(FolderListing before, FolderListing now)
    {
        var (earlier, later) = (Entries(before), Entries(now));
        var common = earlier.Where(e => later.ContainsKey(e.Key)).ToList();
        return common.All(e => e.Value.SequenceEqual(later[e.Key]))
            ? new([.. common.SelectMany(e => e.Value).OrderBy(f => f.Path, StringComparer.Ordinal)])
            : null;
    }

    /// <summary>No entry that was copied has been written to meanwhile; that one is gone by now does no harm.</summary>
    public static bool IsUntouched(FolderListing copied, FolderListing now) => Whole(copied, now) is not null;

    public static bool IsSame(FolderListing a, FolderListing b) => a.Problem is null && b.Problem is null && a.Files.SequenceEqual(b.Files);

    /// <summary>Why it can't be copied; null: it can.</summary>
    public static string? Problem(FolderListing listing, long maxBytes) =>
        listing.Problem is { } problem ? problem
        : listing.Files.Sum(f => (decimal)f.Bytes) > maxBytes ? $"it holds more than the {Size(maxBytes)} that are copied: keep fewer checkpoints in it"
        : null;

    private static Dictionary<string, List<FileStamp>> Entries(FolderListing listing) =>
        listing.Files.GroupBy(f => f.Path.Split('/', 2)[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

    private static bool IsUnfinished(string name) => name.StartsWith('.') || Unfinished.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static string Size(long bytes) => bytes >= 1 << 30 ? $"{bytes / (1 << 30)} GiB" : bytes >= 1 << 20 ? $"{bytes / (1 << 20)} MiB" : $"{bytes} bytes";
}
