namespace Yunhe.Cli.Work;

internal sealed record RingRun(double Sum, bool Correct, TimeSpan Elapsed);

/// <summary>Adds up a vector of each node and checks the sum, which is known.</summary>
internal static class RingAllReduce
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<RingRun> RunAsync(RingPlace place, int length, TimeProvider time, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(Patience);
        var n = place.Nodes.Count;
        var vector = Enumerable.Range(0, length).Select(i => (double)(place.Rank + 1) * (i % 1000)).ToArray();
        var start = time.GetTimestamp();
        using (var ring = await Ring.ConnectAsync(place, time, limited.Token)) await ring.AllReduceAsync(vector, limited.Token);
        var factor = n * (n + 1) / 2.0;
        var correct = Enumerable.Range(0, length).All(i => vector[i] == factor * (i % 1000));
        return new(vector.Sum(), correct, time.GetElapsedTime(start));
    }
}
