using System.Globalization;

namespace Yunhe.Simulator.Results.Report;

/// <summary>Numbers as people read them.</summary>
internal static class Words
{
    public const string Nothing = "–";

    public static string Number(double value) => double.IsNaN(value) ? Nothing : Format(value, FormatOf(value));

    /// <summary>With as many places after the point as the mean has.</summary>
    public static string Number(MeanAndSd value) =>
        double.IsNaN(value.Mean) || !(value.Sd > 0) ? Number(value.Mean) : $"{Number(value.Mean)} ± {Format(value.Sd, FormatOf(value.Mean))}";

    private static string FormatOf(double value) => Math.Abs(value) switch
    {
        var size when size < 1e15 && Math.Abs(value - Math.Round(value)) < 1e-9 => "N0",
        >= 1e15 => "0.###e0",
        >= 10_000 => "N0",
        >= 100 => "N1",
        >= 1 => "0.00",
        >= 0.001 => "0.0000",
        _ => "0.###e0",
    };

    public static string Percent(double share) => double.IsNaN(share) ? Nothing : Format(100 * share, "0.0") + " %";

    /// <summary>The two largest units: 3 d 4 h.</summary>
    public static string Time(double seconds)
    {
        if (double.IsNaN(seconds)) return Nothing;
        var whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 60 => $"{Format(seconds, "0.#")} s",
            < 3600 => $"{whole / 60} min {whole % 60} s",
            < 86_400 => $"{whole / 3600} h {whole / 60 % 60} min",
            _ => $"{whole / 86_400} d {whole / 3600 % 24} h",
        };
    }

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
