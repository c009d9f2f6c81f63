namespace Yunhe.Cli.Work;

/// <param name="Spread">Mean squared distance of a point to its centre.</param>
/// <param name="WorstError">Largest distance of a true centre to the nearest one found.</param>
internal sealed record Clusters(IReadOnlyList<(double X, double Y)> Centres, int Iterations, double Spread, double WorstError);

/// <summary>Lloyd's k-means, seeded as k-means++ does (Arthur and Vassilvitskii 2007), over points around centres on a circle.</summary>
internal static class Clustering
{
    private const int MaxIterations = 100;
    private const double Radius = 10;
    private const double Noise = 0.5;

    public static Clusters Run(int points, int k, int seed)
    {
        var random = new Random(seed);
        var truth = Enumerable.Range(0, k).Select(i => (X: Radius * Math.Cos(2 * Math.PI * i / k), Y: Radius * Math.Sin(2 * Math.PI * i / k))).ToList();
        var data = Enumerable.Range(0, points).Select(i => (X: truth[i % k].X + Gauss(random), Y: truth[i % k].Y + Gauss(random))).ToArray();
        var centres = Seeds(data, k, random);
        var iterations = 0;
        double moved;
        do
        {
            (centres, moved) = Step(data, centres);
        }
        while (++iterations < MaxIterations && moved > 1e-9);

        var spread = data.Sum(p => Squared(p, centres[Nearest(p, centres)])) / points;
        return new(centres, iterations, spread, Math.Sqrt(truth.Max(t => centres.Min(c => Squared(t, c)))));
    }

    private static ((double X, double Y)[] Centres, double Moved) Step((double X, double Y)[] data, (double X, double Y)[] centres)
    {
        var sums = new (double X, double Y, int Count)[centres.Length];
        foreach (var p in data)
        {
            var i = Nearest(p, centres);
            sums[i] = (sums[i].X + p.X, sums[i].Y + p.Y, sums[i].Count + 1);
        }

        var next = sums.Select((s, i) => s.Count == 0 ? centres[i] : (s.X / s.Count, s.Y / s.Count)).ToArray();
        return (next, next.Zip(centres).Sum(c => Squared(c.First, c.Second)));
    }

    /// <summary>The greedy variant: of several candidates drawn by their distance, the one that helps most.</summary>
    private static (double X, double Y)[] Seeds((double X, double Y)[] data, int k, Random random)
    {
        const int Candidates = 5;
        var chosen = new List<(double X, double Y)> { data[random.Next(data.Length)] };
        var distances = data.Select(p => Squared(p, chosen[0])).ToArray();
        while (chosen.Count < k)
        {
            var total = distances.Sum();
            var best = Enumerable.Range(0, Candidates)
                .Select(_ => data[Draw(distances, random.NextDouble() * total)])
                .MinBy(c => data.Select((p, i) => Math.Min(distances[i], Squared(p, c))).Sum());
            chosen.Add(best);
            for (var i = 0; i < data.Length; i++) distances[i] = Math.Min(distances[i], Squared(data[i], best));
        }

        return [.. chosen];
    }

    private static int Draw(double[] weights, double at)
    {
        for (var i = 0; i < weights.Length; i++)
            if ((at -= weights[i]) <= 0) return i;
        return weights.Length - 1;
    }

    private static int Nearest((double X, double Y) p, (double X, double Y)[] centres)
    {
        var (best, least) = (0, double.MaxValue);
        for (var i = 0; i < centres.Length; i++)
        {
            var d = Squared(p, centres[i]);
            if (d < least) (best, least) = (i, d);
        }

        return best;
    }

    private static double Squared((double X, double Y) a, (double X, double Y) b) => (a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y);

    /// <summary>Box and Muller 1958.</summary>
    private static double Gauss(Random random) =>
        Noise * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
