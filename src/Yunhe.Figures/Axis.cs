namespace Yunhe.Figures;

/// <summary>Maps values to a stretch of a plot and chooses where to put ticks.</summary>
public sealed record Axis(string Label, double From, double Until, bool Logarithmic = false)
{
    private const int MostTicks = 9;

    /// <summary>What divides the values for the labels: 3,600 where they are seconds shown as hours.</summary>
    public double Unit { get; private init; } = 1;

    private bool IsTicked { get; init; } = true;

    /// <summary>Ticks are so far apart and are written in full; 0: they are chosen.</summary>
    private double WholeStep { get; init; }

    public static Axis Unticked(string label) => new(label, 0, 1) { IsTicked = false };

    /// <summary>An axis of seconds in the largest unit of which there are at least three, from 0 where that is near.</summary>
    public static Axis OfTime(string label, double from, double until)
    {
        var span = until - from;
        var (unit, name) = span >= 3 * 86_400 ? (86_400.0, "days") : span >= 3 * 3600 ? (3600, "hours") : span >= 180 ? (60, "minutes") : (1, "seconds");
        return new($"{label} ({name})", from > 0 && from < 0.05 * span ? 0 : from, until > from ? until : from + 1) { Unit = unit };
    }

    /// <summary>Calendar years, a tick for each.</summary>
    public static Axis OfYears(double from, double until) => new("", from, until > from ? until : from + 1) { WholeStep = Math.Max(1, Math.Ceiling((until - from) / MostTicks)) };

    /// <summary>From 0 to a round number above the largest value.</summary>
    public static Axis FromZero(string label, double largest)
    {
        var step = Step(0, largest > 0 ? largest : 1);
        return new(label, 0, Math.Ceiling((largest > 0 ? largest : 1) / step) * step);
    }

    public static Axis OfLogarithm(string label, double largest) => new(label, 1, Math.Pow(10, Math.Max(1, Math.Ceiling(Math.Log10(Math.Max(10, largest))))), true);

    /// <summary>0 to 1 along the axis.</summary>
    public double At(double value) => Logarithmic
        ? Math.Log(Math.Clamp(value, From, Until) / From) / Math.Log(Until / From)
        : (Math.Clamp(value, From, Until) - From) / (Until - From);

    public IEnumerable<(double Value, string Text)> Ticks()
    {
        if (!IsTicked) yield break;
        if (Logarithmic)
        {
            var decades = (int)Math.Round(Math.Log10(Until / From));
            for (var i = 0; i <= decades; i += 1 + (decades / MostTicks)) yield return (From * Math.Pow(10, i), Short(From * Math.Pow(10, i)));
            yield break;
        }
        if (WholeStep > 0)
        {
            for (var at = Math.Ceiling(From); at <= Until; at += WholeStep) yield return (at, FormattableString.Invariant($"{at:0}"));
            yield break;
        }
        var step = Step(From / Unit, Until / Unit);
        for (var i = Math.Ceiling(From / Unit / step); i * step <= (Until / Unit) + (step / 1e6); i++) yield return (i * step * Unit, Short(i * step));
    }

    /// <summary>1, 2 or 5 times a power of ten.</summary>
    private static double Step(double from, double until)
    {
        var rough = (until - from) / MostTicks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
    }

    private static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e9 => FormattableString.Invariant($"{value / 1e9:0.###}G"),
        >= 1e6 => FormattableString.Invariant($"{value / 1e6:0.###}M"),
        >= 1e4 => FormattableString.Invariant($"{value / 1e3:0.###}k"),
        _ => FormattableString.Invariant($"{value:0.######}"),
    };
}
