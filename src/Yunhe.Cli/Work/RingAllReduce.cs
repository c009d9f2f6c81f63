using System.Runtime.InteropServices;
using System.Text;

namespace Yunhe.Cli.Work;

/// <summary>Where this node stands in the ring.</summary>
/// <param name="Mark">Known to the nodes of this gang only; strangers who connect are turned away by it.</param>
internal sealed record RingPlace(int Rank, IReadOnlyList<string> Nodes, string Mark)
{
    private const int FirstPort = 20_000;
    private const int Ports = 10_000;

    /// <summary>Nodes on the same machine listen on ports of their own.</summary>
    public int PortOf(int rank) => FirstPort + (int)((Fnv(Mark) + (uint)rank) % Ports);

    public static RingPlace Of(Shell shell)
    {
        var nodes = (shell.Variable("SKYPILOT_NODE_IPS") ?? "127.0.0.1").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return int.TryParse(shell.Variable("SKYPILOT_NODE_RANK") ?? "0", out var rank) && rank >= 0 && rank < nodes.Length
            ? new(rank, nodes, shell.Variable("YUNHE_ATTEMPT") ?? "alone")
            : throw new UsageException("SKYPILOT_NODE_RANK isn't the rank of a node in SKYPILOT_NODE_IPS");
    }

    /// <summary>FNV-1a, since string hashes differ from process to process.</summary>
    private static uint Fnv(string text) => Encoding.UTF8.GetBytes(text).Aggregate(2166136261u, (hash, b) => unchecked((hash ^ b) * 16777619u));
}

internal sealed record RingRun(double Sum, bool Correct, TimeSpan Elapsed);

/// <summary>
/// All-reduce around a ring: n-1 steps that add up parts, n-1 that pass the sums on; each node sends 2 (n-1)/n of its vector
/// (Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms, 2009).
/// </summary>
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
        if (n > 1)
        {
            using var links = await RingLinks.OpenAsync(place, time, limited.Token);
            await ReduceAsync(vector, place.Rank, n, links.Next, links.Previous, limited.Token);
        }

        var factor = n * (n + 1) / 2.0;
        var correct = Enumerable.Range(0, length).All(i => vector[i] == factor * (i % 1000));
        return new(vector.Sum(), correct, time.GetElapsedTime(start));
    }

    private static async Task ReduceAsync(double[] vector, int rank, int n, Stream next, Stream previous, CancellationToken cancel)
    {
        var received = new double[vector.Length / n + 1];
        for (var step = 0; step < 2 * (n - 1); step++)
        {
            var adding = step < n - 1;
            var send = Part(vector, n, rank - step);
            var into = Part(vector, n, rank - step - 1);
            var sending = next.WriteAsync(Bytes(send).ToArray(), cancel).AsTask();
            var bytes = new byte[into.Count * sizeof(double)];
            await previous.ReadExactlyAsync(bytes, cancel);
            MemoryMarshal.Cast<byte, double>(bytes).CopyTo(received);
            await sending;
            for (var i = 0; i < into.Count; i++) into[i] = adding ? into[i] + received[i] : received[i];
        }
    }

    private static ReadOnlySpan<byte> Bytes(ArraySegment<double> part) => MemoryMarshal.AsBytes(part.AsSpan());

    /// <summary>One of n almost equal parts; numbers wrap around.</summary>
    private static ArraySegment<double> Part(double[] vector, int n, int number)
    {
        var i = (number % n + n) % n;
        var from = (int)((long)vector.Length * i / n);
        return new(vector, from, (int)((long)vector.Length * (i + 1) / n) - from);
    }
}
