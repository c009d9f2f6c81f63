using System.Globalization;
using Yunhe.Contracts.Dialects;

namespace Yunhe.Contracts;

/// <summary>Quotas and limits as people write them: "cpus=64,memory=256GB,A100=8,*=16".</summary>
public static class BoundText
{
    /// <exception cref="FormatException">With what is wrong.</exception>
    /// <returns>Null: "none".</returns>
    public static BoundRequest? Parse(string text)
    {
        if (text == "none") return null;
        var bound = new BoundRequest();
        var accelerators = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var cut = part.IndexOf('=');
            if (cut < 1) throw new FormatException($"{Names.Show(part)} isn't an amount such as cpus=64, memory=256 (GiB) or A100=8; or write none");
            var (what, amount) = (part[..cut], part[(cut + 1)..]);
            if (what == "cpus") bound = bound with { Cpus = Count(amount) };
            else if (what == "memory") bound = bound with { MemoryMib = amount == "0" ? 0 : Amounts.MemoryMib(amount) };
            // A slip would be a bound on a model that nobody has, and bind nothing.
            else if (what.ToUpperInvariant() is "CPU" or "CPUS" or "CORE" or "CORES" or "MEM" or "MEMORY" or "GPU" or "GPUS")
                throw new FormatException($"{Names.Show(what)} isn't a model: write cpus, memory, or * for accelerators of any model");
            else if (Names.CheckAccelerator(what) is { } wrong) throw new FormatException(wrong);
            else accelerators[what] = Count(amount);
        }
        return bound with { Accelerators = accelerators };
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public static string Show(BoundRequest? bound)
    {
        if (bound is null) return "none";
        var parts = new List<string>();
        if (bound.Cpus is { } cpus) parts.Add(string.Create(CultureInfo.InvariantCulture, $"cpus={cpus}"));
        if (bound.MemoryMib is { } memory)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"memory={(memory % 1024 == 0 ? memory / 1024 : memory)}{(memory % 1024 == 0 ? "" : "MB")}"));
        parts.AddRange(bound.Accelerators.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Key}={a.Value:0.###}")));
        return parts.Count == 0 ? "none" : string.Join(',', parts);
    }

    private static long Count(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        ? n
        : throw new FormatException($"{Names.Show(text)} isn't a whole number, 0 or more");
}
