using System.Net;
using System.Net.Sockets;

namespace Yunhe.Cli.Work;

/// <param name="GbitPerSecond">Received from the previous node while all nodes send at once.</param>
/// <param name="RoundTripMicroseconds">Median.</param>
internal sealed record NetworkRates(double GbitPerSecond, double RoundTripMicroseconds);

/// <summary>What the nodes of a gang can send each other around a ring, each to the next at the same time.</summary>
internal static class NetworkProbe
{
    private const int Block = 1 << 20;
    private const int RoundTrips = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether the nodes are machines of their own: those of one machine would measure its memory.</summary>
    public static async Task<bool> IsWorthItAsync(RingPlace place, CancellationToken cancel)
    {
        var nodes = place.Nodes.Distinct().ToList();
        if (nodes.Count < 2) return false;
        // Its own name may be on loopback (Debian's /etc/hosts), the other's is not; so all nodes come to the same answer.
        foreach (var node in nodes)
            if (!await IsHereAsync(node, cancel)) return true;
        return false;
    }

    private static async Task<bool> IsHereAsync(string node, CancellationToken cancel)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(node, cancel)).All(IPAddress.IsLoopback);
        }
        catch (SocketException)
        {
            // The ring says what is wrong with the name.
            return false;
        }
    }

    /// <param name="blocks">How many MiB each node sends.</param>
    public static async Task<NetworkRates> MeasureAsync(RingPlace place, int blocks, TimeProvider time, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(Patience);
        using var links = await Ring.ConnectAsync(place, time, limited.Token);
        var echo = EchoAsync(links.Previous, limited.Token);
        var latency = await RoundTripAsync(links.Next, time, limited.Token);
        await echo;
        return new(await ThroughputAsync(links, blocks, time, limited.Token), latency);
    }

    private static async Task EchoAsync(Stream previous, CancellationToken cancel)
    {
        var one = new byte[1];
        for (var i = 0; i < RoundTrips; i++)
        {
            await previous.ReadExactlyAsync(one, cancel);
            await previous.WriteAsync(one, cancel);
        }
    }

    private static async Task<double> RoundTripAsync(Stream next, TimeProvider time, CancellationToken cancel)
    {
        var (one, times) = (new byte[1], new double[RoundTrips]);
        for (var i = 0; i < RoundTrips; i++)
        {
            var start = time.GetTimestamp();
            await next.WriteAsync(one, cancel);
            await next.ReadExactlyAsync(one, cancel);
            times[i] = time.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(times);
        return times[RoundTrips / 2];
    }

    private static async Task<double> ThroughputAsync(Ring links, int blocks, TimeProvider time, CancellationToken cancel)
    {
        var sending = Task.Run(
            async () =>
            {
                var block = new byte[Block];
                for (var i = 0; i < blocks; i++) await links.Next.WriteAsync(block, cancel);
            },
            cancel);
        var into = new byte[Block];
        await links.Previous.ReadExactlyAsync(into.AsMemory(0, 1), cancel);
        var start = time.GetTimestamp();
        var left = (long)blocks * Block - 1;
        while (left > 0) left -= await links.Previous.ReadAtLeastAsync(into.AsMemory(0, (int)Math.Min(Block, left)), 1, throwOnEndOfStream: true, cancel);
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        await sending;
        return (double)blocks * Block * 8 / seconds / 1e9;
    }
}
