using System.Globalization;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts;

/// <summary>Durations as users write them: 90s, 30m, 2h30m, 1d, or one of Slurm's forms. All at most ten years.</summary>
public static partial class Durations
{
    private static readonly long MaxSeconds = 3660L * 24 * 3600;

    /// <summary>Weeks, days, hours, minutes and seconds with their letters; else Slurm's forms, where a bare number is minutes.</summary>
    /// <exception cref="FormatException">The text is something else; the message lists the forms.</exception>
    public static TimeSpan Parse(string text)
    {
        var match = Letters().Match(text);
        if (match.Success && text.Length > 0)
            return Sum(text, (match.Groups[1].Value, 604_800), (match.Groups[2].Value, 86_400), (match.Groups[3].Value, 3600),
                (match.Groups[4].Value, 60), (match.Groups[5].Value, 1));
        return ParseSlurm(text) ?? throw new FormatException("a duration without end isn't one: leave the key out instead");
    }

    /// <summary>
    /// sbatch(1), --time: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes,
    /// days-hours:minutes:seconds; null for UNLIMITED, INFINITE and 0, which ask for no limit.
    /// </summary>
    /// <exception cref="FormatException">The text is something else; the message lists the forms.</exception>
    public static TimeSpan? ParseSlurm(string text)
    {
        if (text.Equals("UNLIMITED", StringComparison.OrdinalIgnoreCase) || text.Equals("INFINITE", StringComparison.OrdinalIgnoreCase))
            return null;
        var match = Slurm().Match(text);
        if (!match.Success)
            throw new FormatException(
                $"{Names.Show(text)} isn't a duration: write 90s, 30m, 2h30m, 1d, or Slurm's M, M:S, H:M:S, D-H, D-H:M, D-H:M:S");
        var (a, b, c) = (match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value);
        var span = match.Groups[1].Success ? Sum(text, (match.Groups[1].Value, 86_400), (a, 3600), (b, 60), (c, 1))
            : c.Length > 0 ? Sum(text, (a, 3600), (b, 60), (c, 1))
            : Sum(text, (a, 60), (b, 1));
        return span == TimeSpan.Zero ? null : span;
    }

    /// <summary>Slurm's fullest form, days-hours:minutes:seconds; a part of a second counts as a whole one.</summary>
    public static string FormatSlurm(TimeSpan span)
    {
        var seconds = (span.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
        return $"{seconds / 86_400}-{seconds / 3600 % 24:00}:{seconds / 60 % 60:00}:{seconds % 60:00}";
    }

    private static TimeSpan Sum(string text, params ReadOnlySpan<(string Digits, long Seconds)> parts)
    {
        var seconds = 0L;
        foreach (var (digits, unit) in parts)
        {
            if (digits.Length == 0) continue;
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n > MaxSeconds)
                throw TooLong(text);
            seconds += n * unit;
        }
        return seconds <= MaxSeconds ? TimeSpan.FromSeconds(seconds) : throw TooLong(text);
    }

    private static FormatException TooLong(string text) => new($"{Names.Show(text)} is out of range: at most ten years");

    [GeneratedRegex("^(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?\\z")]
    private static partial Regex Letters();

    [GeneratedRegex("^(?:([0-9]+)-)?([0-9]+)(?::([0-9]+))?(?::([0-9]+))?\\z")]
    private static partial Regex Slurm();
}
