using Yunhe.Engines.Launching;

namespace Yunhe.Server.Checkpoints;

/// <summary>
/// Which files of a checkpoint folder are copied. What has a name of something unfinished is left out; all else is copied as it is in one
/// moment, and only while none of it changes.
/// </summary>
internal static class CheckpointRule
{
    private static readonly string[] Unfinished = [".tmp", ".temp", ".part", ".partial", ".incomplete"];

    /// <summary>What may be copied of a listing.</summary>
    public static FolderListing Finished(FolderListing listing) =>
        listing.Problem is null ? new([.. listing.Files.Where(f => !f.Path.Split('/').Any(IsUnfinished))]) : listing;

    /// <summary>Nothing has come, gone or been written to between two looks.</summary>
    public static bool IsQuiet(FolderListing before, FolderListing now) => before.Problem == now.Problem && before.Files.SequenceEqual(now.Files);

    /// <summary>Why it can't be copied; null: it can.</summary>
    public static string? Problem(FolderListing listing, long maxBytes) =>
        listing.Problem is { } problem ? problem
        : listing.Files.Sum(f => (decimal)f.Bytes) > maxBytes ? $"it holds more than the {Size(maxBytes)} that are copied: keep fewer checkpoints in it"
        : null;

    private static bool IsUnfinished(string name) => name.StartsWith('.') || Unfinished.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static string Size(long bytes) => bytes >= 1 << 30 ? $"{bytes / (1 << 30)} GiB" : bytes >= 1 << 20 ? $"{bytes / (1 << 20)} MiB" : $"{bytes} bytes";
}
