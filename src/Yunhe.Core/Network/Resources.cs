namespace Yunhe.Core.Network;

/// <summary>What one node has, has free, or is asked for: cores, memory in MiB, accelerators (of the pool's one model).</summary>
public readonly record struct Resources(int Cpus, long MemoryMiB, int Accelerators)
{
    public static readonly Resources None;

    public bool Fits(Resources within) =>
        Cpus <= within.Cpus && MemoryMiB <= within.MemoryMiB && Accelerators <= within.Accelerators;

    public static Resources operator +(Resources a, Resources b) =>
        checked(new(a.Cpus + b.Cpus, a.MemoryMiB + b.MemoryMiB, a.Accelerators + b.Accelerators));

    public static Resources operator -(Resources a, Resources b) =>
        checked(new(a.Cpus - b.Cpus, a.MemoryMiB - b.MemoryMiB, a.Accelerators - b.Accelerators));
}
