namespace Yunhe.Simulator.Traces.Generator;

/// <summary>
/// Random numbers that are the same on every platform and release: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014) and what is drawn from it.
/// </summary>
internal sealed class Draws(ulong seed)
{
    private ulong state = seed;

    /// <summary>Above 0, below 1.</summary>
    public double Share() => ((Next() >> 11) + 0.5) / (1UL << 53);

    public double Exponential() => -Math.Log(Share());

    /// <summary>Box and Muller 1958.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(Share())) * Math.Cos(2 * Math.PI * Share());

    /// <summary>
    /// Mean 1 and squared coefficient of variation <paramref name="variation"/> (at least 1): of two exponential phases, each with half of the
    /// mass of time ("balanced means", Whitt, Bell System Technical Journal 61, 1982).
    /// </summary>
    public double HyperExponential(double variation)
    {
        var often = (1 + Math.Sqrt((variation - 1) / (variation + 1))) / 2;
        return Exponential() / (2 * (Share() < often ? often : 1 - often));
    }

    private ulong Next()
    {
        state = unchecked(state + 0x9E3779B97F4A7C15);
        var z = unchecked((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}

/// <summary>Draws an index in proportion to its weight.</summary>
internal sealed class Choice
{
    private readonly double[] upTo;

    public Choice(IEnumerable<double> weights)
    {
        upTo = [.. weights];
        for (var i = 1; i < upTo.Length; i++) upTo[i] += upTo[i - 1];
    }

    public static Choice Zipf(int count, double exponent) => new(Enumerable.Range(1, count).Select(rank => Math.Pow(rank, -exponent)));

    public int Draw(Draws draws)
    {
        var at = Array.BinarySearch(upTo, draws.Share() * upTo[^1]);
        return Math.Min(at < 0 ? ~at : at + 1, upTo.Length - 1);
    }
}
