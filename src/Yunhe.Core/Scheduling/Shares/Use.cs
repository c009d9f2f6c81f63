using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>What one attempt holds, over all its nodes; accelerators in thousandths.</summary>
internal readonly record struct Use(long Cpus, long MemoryMiB, long Accelerators, string? Model)
{
    public static Use Of(Requirement asked, int nodes) => new(
        (long)asked.PerNode.Cpus * nodes, asked.PerNode.MemoryMiB * nodes, asked.PerNode.AcceleratorMilli * nodes, asked.Accelerator);

    /// <summary>
    /// Accelerators of different models are made comparable by their peak rate, in tenths of TFLOPS, so that one of a rare and slow model
    /// is not a large share of the network.
    /// </summary>
    public long Tenths => Model is null ? 0 : (long)(AcceleratorCatalogue.Find(Model).Fp16Tflops * Accelerators / 100);
}

/// <summary>What several attempts hold together. Whole numbers: the order in which they come and go leaves no trace.</summary>
internal sealed class Holdings
{
    private readonly SortedDictionary<string, long> accelerators = new(StringComparer.Ordinal);

    public long Cpus { get; private set; }

    public long MemoryMiB { get; private set; }

    public long Tenths { get; private set; }

    public bool IsNothing => Cpus == 0 && MemoryMiB == 0 && accelerators.Count == 0;

    public void Add(Use use, int sign)
    {
        Cpus += sign * use.Cpus;
        MemoryMiB += sign * use.MemoryMiB;
        Tenths += sign * use.Tenths;
        if (use.Model is null || use.Accelerators == 0) return;
        var count = accelerators.GetValueOrDefault(use.Model) + sign * use.Accelerators;
        if (count == 0) accelerators.Remove(use.Model);
        else accelerators[use.Model] = count;
    }

    /// <summary>The same with so much more, or less.</summary>
    public Holdings With(Holdings other, int sign)
    {
        var sum = new Holdings { Cpus = Cpus + sign * other.Cpus, MemoryMiB = MemoryMiB + sign * other.MemoryMiB, Tenths = Tenths + sign * other.Tenths };
        foreach (var (model, count) in accelerators) sum.accelerators[model] = count;
        foreach (var (model, count) in other.accelerators) sum.accelerators[model] = sum.accelerators.GetValueOrDefault(model) + sign * count;
        return sum;
    }

    /// <summary>Thousandths of one model, or of all ("*").</summary>
    public long Of(string model)
    {
        var sum = 0L;
        foreach (var (has, count) in accelerators)
            if (AcceleratorCatalogue.SameModel(model, has)) sum += count;
        return sum;
    }

    public Amounts Amounts() => new()
    {
        Cpus = Cpus,
        MemoryMiB = MemoryMiB,
        Accelerators = new SortedDictionary<string, decimal>(accelerators.ToDictionary(a => a.Key, a => a.Value / Bounds.Milli), StringComparer.Ordinal),
    };
}

/// <summary>Quotas and limits against what is held.</summary>
internal static class Bounds
{
    public const decimal Milli = 1000;

    /// <summary>
    /// Whether the bound speaks of this kind of work at all: of its accelerators where it has any (their cores and memory come along with
    /// them), else of cores or memory.
    /// </summary>
    public static bool Names(this Amounts bound, Use use) =>
        use.Accelerators > 0 ? bound.Accelerators.Keys.Any(m => AcceleratorCatalogue.SameModel(m, use.Model!)) : bound.Cpus is not null || bound.MemoryMiB is not null;

    /// <summary>What of it would be exceeded by so much more; null: nothing.</summary>
    public static string? Exceeded(this Amounts bound, Holdings held, Use more)
    {
        if (more.Cpus > 0 && bound.Cpus is { } cpus && held.Cpus + more.Cpus > cpus) return $"{held.Cpus} of {cpus} cpus held, asks for {more.Cpus}";
        if (more.MemoryMiB > 0 && bound.MemoryMiB is { } memory && held.MemoryMiB + more.MemoryMiB > memory)
            return $"{held.MemoryMiB} of {memory} MiB of memory held, asks for {more.MemoryMiB}";
        if (more.Accelerators == 0) return null;
        foreach (var (model, most) in bound.Accelerators)
            if (AcceleratorCatalogue.SameModel(model, more.Model!) && held.Of(model) + more.Accelerators > most * Milli)
                return $"{held.Of(model) / Milli:0.###} of {most:0.###} {(model == AcceleratorCatalogue.Any ? "accelerators" : model)} held, asks for {more.Accelerators / Milli:0.###}";
        return null;
    }

    /// <summary>More than the bound is held of something that this work uses.</summary>
    public static bool IsOver(this Amounts bound, Holdings held, Use use)
    {
        if (use.Cpus > 0 && held.Cpus > bound.Cpus) return true;
        if (use.MemoryMiB > 0 && held.MemoryMiB > bound.MemoryMiB) return true;
        if (use.Accelerators == 0) return false;
        foreach (var (model, most) in bound.Accelerators)
            if (AcceleratorCatalogue.SameModel(model, use.Model!) && held.Of(model) > most * Milli) return true;
        return false;
    }

    /// <summary>Nothing that it names is used up.</summary>
    public static bool HasRoom(this Amounts bound, Holdings held)
    {
        if (held.Cpus >= bound.Cpus || held.MemoryMiB >= bound.MemoryMiB) return false;
        foreach (var (model, most) in bound.Accelerators)
            if (held.Of(model) >= most * Milli) return false;
        return true;
    }

    /// <summary>What is held beyond it; of what it does not name nothing.</summary>
    public static Amounts Beyond(this Amounts bound, Holdings held)
    {
        var over = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var (model, most) in bound.Accelerators)
            if (held.Of(model) > most * Milli) over.Add(model, held.Of(model) / Milli - most);
        return new()
        {
            Cpus = held.Cpus > bound.Cpus ? held.Cpus - bound.Cpus : null,
            MemoryMiB = held.MemoryMiB > bound.MemoryMiB ? held.MemoryMiB - bound.MemoryMiB : null,
            Accelerators = over,
        };
    }
}
