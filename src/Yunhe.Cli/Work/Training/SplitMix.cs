namespace Yunhe.Cli.Work.Training;

/// <summary>SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014): its state is one number, which a checkpoint keeps.</summary>
internal struct SplitMix(ulong state)
{
    public ulong State { get; private set; } = state;

    public ulong Next()
    {
        unchecked
        {
            State += 0x9E3779B97F4A7C15;
            var z = State;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>0 to below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 to below <paramref name="bound"/>; the bias of a bound far below 2^64 is of no account.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);
}
