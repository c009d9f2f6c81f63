using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Yunhe.Contracts;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Http;

/// <summary>Values of queries and paths, or the problem that they are.</summary>
internal static class Queries
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    public static int Limit(string? text) => text is null
        ? DefaultLimit
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= MaxLimit
            ? n
            : throw Problems.Fields(400, [("limit", $"must be 1 to {MaxLimit}")]);

    /// <summary>Where a page begins; null: at the start.</summary>
    public static long? Cursor(string? text)
    {
        if (text is null) return null;
        Span<byte> plain = stackalloc byte[24];
        return text.Length <= 32 && Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, plain, out var n) && n > 1 && plain[0] == '@'
            && long.TryParse(plain[1..n], NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                ? at
                : throw Problems.Fields(400, [("cursor", "is not one that this server gave: use 'next' of the page before, or leave it out")]);
    }

    public static string CursorOf(long at) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"@{at}"));

    /// <summary>Words between commas; null: any.</summary>
    public static HashSet<PhaseWord>? Phases(string? text) => text is null
        ? null
        : [.. text.Split(',').Select(word => Enum.TryParse<PhaseWord>(word, ignoreCase: true, out var phase) && !char.IsAsciiDigit(word[0])
            ? phase
            : throw Problems.Fields(400, [("phase", $"there is no phase {word}: use {string.Join(", ", Enum.GetNames<PhaseWord>()).ToLowerInvariant()}")]))];

    public static WorkloadId WorkloadId(string text) =>
        Core.Workloads.WorkloadId.TryParse(text, null, out var id) ? id : throw Problems.NotFound($"workload {text}");

    public static int? Number(string field, string? text) => text is null
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw Problems.Fields(400, [(field, "must be a whole number, 0 or more")]);

    public static DateTimeOffset? Time(string field, string? text) => text is null
        ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw Problems.Fields(400, [(field, "must be a time such as 2026-05-01T12:00:00Z")]);
}
