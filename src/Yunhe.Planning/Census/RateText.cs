using System.Globalization;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>A rate as it is written ("8.86 EFLOPS"): value in 10^15 operations per second, and half of the last digit's worth.</summary>
public readonly record struct Rate(decimal Petaflops, decimal Half);

/// <summary>Rates between text and numbers. Floating-point types are counted in FLOPS, INT8 in OPS; the prefix is never left out.</summary>
public static class RateText
{
    /// <summary>10^15: more than twice all that the world had in mid-2025 (4,495 EFLOPS, CAICT).</summary>
    public const decimal MostPetaflops = 10_000_000;

    private const string Prefixes = "GTPEZ";

    private static readonly decimal[] Factors = [0.000001m, 0.001m, 1, 1_000, 1_000_000];

    /// <param name="unit">Of a whole column; empty: the text has it.</param>
    /// <returns>Null, and what is wrong.</returns>
    public static (Rate? Rate, string? Problem) Parse(string text, string unit, DataType type)
    {
        var at = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        if (at < text.Length && text[at] == '.') at++;
        var (number, own) = (text[..at].Trim(), text[at..].Trim());
        if (own.Length > 0 && unit.Length > 0 && !own.Equals(unit, StringComparison.OrdinalIgnoreCase))
            return (null, $"{text} is in {own}, but the row's unit is {unit}: use one of them");
        if (own.Length == 0) own = unit;
        if (own.Length == 0) return (null, $"{text} has no unit: write it with one, such as 8.86 EFLOPS, or give a column unit");
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) || !double.IsFinite(rough))
            return (null, $"{text} is not a number with a unit such as 8.86 EFLOPS");
        if (FactorOf(own, type) is not { } factor) return (null, $"{own} is not a unit of {Word(type)}: use {UnitsOf(type)}");
        if (rough <= 0) return (null, $"{text} must be more than 0: leave out what there is none of");
        if (rough * (double)factor > (double)MostPetaflops)
            return (null, $"{text} is absurd: the whole world had about 4,500 EFLOPS in 2025, and at most {MostPetaflops / 1000:N0} EFLOPS are taken; is the unit right?");
        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value * factor == 0)
            return (null, $"{text} is too small to be counted");
        return (new(value * factor, factor / 2 * Power(-value.Scale)), null);
    }

    /// <summary>"fp32".</summary>
    public static string Word(DataType type) => type.ToString().ToLowerInvariant();

    /// <summary>As in the middle of a sentence: "FP32".</summary>
    public static string Name(DataType type) => type.ToString().ToUpperInvariant();

    public static DataType? TypeOf(string word) =>
        Enum.TryParse<DataType>(word, ignoreCase: true, out var type) && Enum.IsDefined(type) && word.Length > 0 && char.IsLetter(word[0]) ? type : null;

    /// <summary>Largest unit in which the value is 1 or more: its name and how many 10^15 it is.</summary>
    public static (string Unit, decimal Petaflops) UnitOf(decimal petaflops, DataType type)
    {
        var i = Prefixes.Length - 1;
        while (i > 0 && petaflops < Factors[i]) i--;
        return (Prefixes[i] + Suffix(type), Factors[i]);
    }

    /// <summary>With at most three significant digits after rounding, such as "8.86 EFLOPS".</summary>
    public static string Show(decimal petaflops, DataType type)
    {
        var (unit, size) = UnitOf(petaflops, type);
        var value = petaflops / size;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(value, value >= 100 ? 1 : 2, MidpointRounding.AwayFromZero):0.##} {unit}");
    }

    public static string Suffix(DataType type) => type == DataType.Int8 ? "OPS" : "FLOPS";

    private static string UnitsOf(DataType type) => string.Join(", ", Prefixes.Select(p => p + Suffix(type)));

    private static decimal? FactorOf(string unit, DataType type)
    {
        var plain = unit.ToUpperInvariant().Replace("FLOP/S", "FLOPS", StringComparison.Ordinal);
        var at = plain.Length > 0 ? Prefixes.IndexOf(plain[0], StringComparison.Ordinal) : -1;
        return at >= 0 && plain[1..] == Suffix(type) ? Factors[at] : null;
    }

    private static decimal Power(int exponent)
    {
        var power = 1m;
        for (var i = 0; i < -exponent; i++) power /= 10;
        return power;
    }
}
