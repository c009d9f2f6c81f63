using System.Globalization;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts.Dialects;

/// <summary>Numbers and sizes as users write them. All throw <see cref="FormatException"/> with what is expected.</summary>
internal static partial class Amounts
{
    internal static int Integer(string text)
    {
        if (!Whole().IsMatch(text)) throw new FormatException($"{Names.Show(text)} isn't a whole number");
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw new FormatException($"{Names.Show(text)} is out of range: {int.MinValue} to {int.MaxValue}");
    }

    internal static double Number(string text) =>
        Decimal().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw new FormatException($"{Names.Show(text)} isn't a number such as 1.25");

    internal static decimal Money(string text) =>
        Decimal().IsMatch(text) && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw new FormatException($"{Names.Show(text)} isn't an amount of money such as 12 or 12.50, less than {RequestCheck.MaxBudget}");

    /// <summary>SkyPilot's "4" and "4+": both ask for at least 4. A part of a core counts as a whole one.</summary>
    internal static int Cpus(string text)
    {
        var number = text.EndsWith('+') ? text[..^1] : text;
        if (!Decimal().IsMatch(number)) throw new FormatException($"{Names.Show(text)} isn't a number of cores such as 4 or 4+");
        return (int)Math.Ceiling(Bounded(number, text, 1, RequestCheck.MaxCpus, "cores"));
    }

    /// <summary>SkyPilot's memory in MiB: GiB unless a unit is given (KB, MB, GB, TB, PB: powers of 1024), with or without "+".</summary>
    internal static long MemoryMib(string text)
    {
        var match = SkyMemory().Match(text);
        if (!match.Success) throw new FormatException($"{Names.Show(text)} isn't an amount of memory such as 16, 16+ (GiB) or 512MB");
        var unit = match.Groups[2].Success ? char.ToUpperInvariant(match.Groups[2].Value[0]) : 'G';
        return Mib(match.Groups[1].Value, unit, text);
    }

    /// <summary>Slurm's memory in MiB: MiB unless K, M, G or T is given; whole numbers only.</summary>
    internal static long SlurmMemoryMib(string text)
    {
        var match = SlurmMemory().Match(text);
        if (!match.Success) throw new FormatException($"{Names.Show(text)} isn't an amount of memory such as 4000M or 16G");
        return Mib(match.Groups[1].Value, match.Groups[2].Success ? char.ToUpperInvariant(match.Groups[2].Value[0]) : 'M', text);
    }

    /// <summary>"A100:8", "A100:0.5" for half of one, or "A100" for one.</summary>
    internal static (string Model, decimal Count) Accelerator(string text)
    {
        var cut = text.IndexOf(':');
        var model = (cut < 0 ? text : text[..cut]).Trim();
        if (Names.CheckAccelerator(model) is { } wrong) throw new FormatException(wrong);
        return (model, cut < 0 ? 1 : AcceleratorCount(text[(cut + 1)..].Trim()));
    }

    /// <summary>The same of whole ones only, as Slurm counts them.</summary>
    internal static (string Model, int Count) WholeAccelerators(string text)
    {
        var (model, count) = Accelerator(text);
        return decimal.IsInteger(count) ? (model, (int)count)
            : throw new FormatException($"{Names.Show(text)}: a batch script asks for whole accelerators; a share of one can be asked for in a YAML file");
    }

    internal static decimal AcceleratorCount(string text)
    {
        if (Whole().IsMatch(text) || !Decimal().IsMatch(text)) return Integer(text);
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var count)) count = decimal.MaxValue;
        if (RequestCheck.AcceleratorsAsked(count) is { } wrong) throw new FormatException(wrong);
        if (count == 0) throw new FormatException($"{Names.Show(text)}: ask for at least one thousandth, or leave the accelerator out");
        return count / 1.000m;
    }

    /// <summary>
    /// What wasn't said is assumed: a core per accelerator (at least one), 1 GiB per core.
    /// </summary>
    internal static ResourceRequest Resource(int? cpus, long? memoryMib, (string Model, decimal Count)? accelerator)
    {
        var cores = cpus ?? (int)Math.Clamp(Math.Ceiling(accelerator?.Count ?? 1), 1, RequestCheck.MaxAccelerators);
        return new()
        {
            Cpus = cores,
            MemoryMib = memoryMib ?? 1024L * cores,
            Accelerator = accelerator?.Model,
            Accelerators = accelerator?.Count ?? 0,
        };
    }

    private static long Mib(string number, char unit, string text)
    {
        var factor = unit switch { 'K' => 1m / 1024, 'M' => 1m, 'G' => 1024m, 'T' => 1024m * 1024, _ => 1024m * 1024 * 1024 };
        return (long)Math.Ceiling(Bounded(number, text, 1m / 1024, RequestCheck.MaxMemoryMib / factor, "memory", "1 KiB to 1 PiB") * factor);
    }

    private static decimal Bounded(string number, string text, decimal least, decimal most, string what, string? range = null) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n > 0 && n <= most
            ? n
            : throw new FormatException($"{Names.Show(text)} is out of range: {what} {range ?? $"{least} to {most}"}");

    [GeneratedRegex(@"^[+-]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[+-]?[0-9]+(?:\.[0-9]+)?\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^([+-]?[0-9]+(?:\.[0-9]+)?)\s*(?:([KMGTP])i?B?)?\+?\z", RegexOptions.IgnoreCase)]
    private static partial Regex SkyMemory();

    [GeneratedRegex(@"^([+-]?[0-9]+)(?:([KMGT])B?)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex SlurmMemory();
}
