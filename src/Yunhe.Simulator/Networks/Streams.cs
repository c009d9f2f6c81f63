using System.Text;

namespace Yunhe.Simulator.Networks;

/// <summary>Random streams of their own for each thing that fails, so that one policy's choices do not change what fails for another.</summary>
internal static class Streams
{
    /// <summary>FNV-1a over the seed and the name: the same on every machine and in every process.</summary>
    public static Random Of(int seed, string name)
    {
        var hash = 2166136261u ^ (uint)seed;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = unchecked((hash ^ b) * 16777619u);
        return new Random((int)(hash & int.MaxValue));
    }

    /// <summary>Standard normal, by Box and Muller.</summary>
    public static double Normal(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Exponential with this mean, in whole seconds and at least one.</summary>
    public static TimeSpan Exponential(this Random random, TimeSpan mean) =>
        TimeSpan.FromSeconds(Math.Max(1, Math.Min(1e10, Math.Round(-Math.Log(1 - random.NextDouble()) * mean.TotalSeconds))));
}
