using System.Text.Json.Serialization;

namespace Yunhe.Core.Network;

/// <summary>
/// What one node has, has free, or is asked for: cores, memory in MiB, whole accelerators (of the pool's one model) and
/// <see cref="Share"/> of one more.
/// </summary>
public readonly record struct Resources(int Cpus, long MemoryMiB, int Accelerators)
{
    public static readonly Resources None;

    /// <summary>Thousandths of one accelerator, 0 to 999. Left out of what is stored where it is 0, as all was before there were shares.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Share { get; init; }

    /// <summary>All accelerators in thousandths.</summary>
    [JsonIgnore]
    public long AcceleratorMilli => Accelerators * 1000L + Share;

    /// <summary>As an amount: 8, or 0.5.</summary>
    [JsonIgnore]
    public decimal AcceleratorAmount => Share == 0 ? Accelerators : AcceleratorMilli / 1000m;

    /// <summary>In sum; whether a share finds one card with enough free is for the packing to say.</summary>
    public bool Fits(Resources within) =>
        Cpus <= within.Cpus && MemoryMiB <= within.MemoryMiB && AcceleratorMilli <= within.AcceleratorMilli;

    public static Resources operator +(Resources a, Resources b) =>
        Of(checked(a.Cpus + b.Cpus), checked(a.MemoryMiB + b.MemoryMiB), a.AcceleratorMilli + b.AcceleratorMilli);

    public static Resources operator -(Resources a, Resources b) =>
        Of(checked(a.Cpus - b.Cpus), checked(a.MemoryMiB - b.MemoryMiB), a.AcceleratorMilli - b.AcceleratorMilli);

    public static Resources Of(int cpus, long memoryMiB, long acceleratorMilli)
    {
        var whole = (long)Math.Floor(acceleratorMilli / 1000m);
        return new(cpus, memoryMiB, checked((int)whole)) { Share = (int)(acceleratorMilli - whole * 1000) };
    }
}
