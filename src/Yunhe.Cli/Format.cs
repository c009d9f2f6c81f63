using System.Globalization;
using Yunhe.Contracts;

namespace Yunhe.Cli;

/// <summary>How amounts read to people; the one place that decides it.</summary>
internal static class Format
{
    private const string None = "-";

    /// <summary>0.12 s, 42 s, 3m04s, 2h05m, 3d04h.</summary>
    public static string Duration(double? seconds) => seconds switch
    {
        null => None,
        < 0 => "0 s",
        < 0.9995 => $"{seconds:0.00} s",
        < 9.95 => $"{seconds:0.0} s",
        < 59.5 => $"{seconds:0} s",
        < 3599.5 => Parts((long)Math.Round(seconds.Value), 60, "m", "s"),
        < 86_370 => Parts((long)Math.Round(seconds.Value / 60), 60, "h", "m"),
        _ => Parts((long)Math.Round(seconds.Value / 3600), 24, "d", "h"),
    };

    public static string Between(DateTimeOffset? from, DateTimeOffset? to) => Duration((to - from)?.TotalSeconds);

    /// <summary>¥0.000042, ¥0.0123, ¥12.50; other currencies by their code.</summary>
    public static string Money(decimal? amount, string currency) => amount is not { } n
        ? None
        : Sign(currency) + n.ToString(
            Math.Abs(n) switch { 0 => "0", < 0.001m => "0.000000", < 10 => "0.0000", _ => "0.00" }, CultureInfo.InvariantCulture);

    public static string Energy(double? kwh) => kwh is { } n ? $"{Significant(n)} kWh" : None;

    /// <summary>Of CO2 equivalent.</summary>
    public static string Carbon(double? grams) => grams switch
    {
        null => None,
        >= 1e6 => $"{Significant(grams.Value / 1e6)} t",
        >= 1000 => $"{Significant(grams.Value / 1000)} kg",
        _ => $"{Significant(grams.Value)} g",
    };

    public static string Memory(long mib) => mib % 1024 == 0 ? $"{mib / 1024} GiB" : $"{mib} MiB";

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{Significant(bytes / (double)(1L << 30))} GiB",
        >= 1L << 20 => $"{Significant(bytes / (double)(1L << 20))} MiB",
        >= 1L << 10 => $"{Significant(bytes / (double)(1L << 10))} KiB",
        _ => $"{bytes} bytes",
    };

    public static string Rate(long bitsPerSecond) => bitsPerSecond switch
    {
        >= 1_000_000_000 => $"{bitsPerSecond / 1e9:0.##} Gbit/s",
        >= 1_000_000 => $"{bitsPerSecond / 1e6:0.##} Mbit/s",
        _ => $"{bitsPerSecond / 1e3:0.##} kbit/s",
    };

    public static string Time(DateTimeOffset? at) => at is { } t ? t.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : None;

    public static string Word<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static string Text(string? text) => string.IsNullOrEmpty(text) ? None : text;

    public static string Number(int? number) => number is { } n ? n.ToString(CultureInfo.InvariantCulture) : None;

    /// <summary>"8: 3 running, 5 queued".</summary>
    public static string Counts(CountsView counts, int tasks)
    {
        (int Count, PhaseWord Phase)[] all =
        [
            (counts.Succeeded, PhaseWord.Succeeded), (counts.Failed, PhaseWord.Failed), (counts.Cancelled, PhaseWord.Cancelled),
            (counts.Finishing, PhaseWord.Finishing), (counts.Running, PhaseWord.Running), (counts.Staging, PhaseWord.Staging),
            (counts.Placed, PhaseWord.Placed), (counts.Queued, PhaseWord.Queued), (counts.Submitted, PhaseWord.Submitted),
        ];
        return $"{tasks}: {string.Join(", ", all.Where(c => c.Count > 0).Select(c => $"{c.Count} {Word(c.Phase)}"))}";
    }

    private static string Sign(string currency) => currency == "CNY" ? "¥" : currency + " ";

    /// <summary>Two significant digits below 1, at most two decimals above.</summary>
    private static string Significant(double n)
    {
        if (n == 0) return "0";
        var decimals = Math.Abs(n) >= 10 ? 1 : Math.Abs(n) >= 1 ? 2 : Math.Min(9, 1 - (int)Math.Floor(Math.Log10(Math.Abs(n))));
        return Math.Round(n, decimals).ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    private static string Parts(long total, int unit, string large, string small) => $"{total / unit}{large}{total % unit:00}{small}";

    /// <summary>One word of a POSIX shell's command line, whatever is in it.</summary>
    public static string ShellWord(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,+=:@".Contains(c)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
