using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Yunhe.Cli.Work;

/// <summary>The nodes of a gang, each connected to the next and the one before over TCP. A gang of one is connected to nobody.</summary>
internal sealed class Ring : IDisposable
{
    private const int LongestBlock = 1 << 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly RingPlace place;
    private readonly TcpClient? next;
    private readonly TcpClient? previous;

    private Ring(RingPlace place, TcpClient? next, TcpClient? previous) => (this.place, this.next, this.previous) = (place, next, previous);

    public int Rank => place.Rank;

    public int Count => place.Nodes.Count;

    /// <summary>To the next node; of a gang of one there is none.</summary>
    public NetworkStream Next => next!.GetStream();

    public NetworkStream Previous => previous!.GetStream();

    public static async Task<Ring> ConnectAsync(RingPlace place, TimeProvider time, CancellationToken cancel)
    {
        if (place.Nodes.Count == 1) return new(place, null, null);
        using var left = new TcpListener(AddressOf(place.Nodes[place.Rank]), place.PortOf(place.Rank));
        left.Start();
        var accepting = AcceptAsync(left, place.Mark, cancel);
        var next = await ConnectNextAsync(place, time, cancel);
        return new(place, next, await accepting);
    }

    /// <summary>
    /// Sums up the vectors of all nodes, in place: n-1 steps that add up parts, n-1 that pass the sums on; each node sends 2 (n-1)/n of its vector
    /// (Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms, 2009). The order of the additions is fixed, so of the same vectors it is
    /// the same to the last bit, on every node.
    /// </summary>
    public async Task AllReduceAsync<T>(T[] vector, CancellationToken cancel) where T : unmanaged, IAdditionOperators<T, T, T>
    {
        var n = Count;
        for (var step = 0; step < 2 * (n - 1); step++)
        {
            var send = Part(vector, n, place.Rank - step);
            var into = Part(vector, n, place.Rank - step - 1);
            var sending = Next.WriteAsync(MemoryMarshal.AsBytes(send.AsSpan()).ToArray(), cancel).AsTask();
            var bytes = new byte[MemoryMarshal.AsBytes(into.AsSpan()).Length];
            await Previous.ReadExactlyAsync(bytes, cancel);
            await sending;
            Combine(MemoryMarshal.Cast<byte, T>(bytes), into, adding: step < n - 1);
        }
    }

    /// <summary>What the first node has, on every node.</summary>
    public async Task<byte[]> BroadcastAsync(byte[] content, CancellationToken cancel)
    {
        if (Count == 1) return content;
        if (Rank > 0)
        {
            var length = new byte[sizeof(int)];
            await Previous.ReadExactlyAsync(length, cancel);
            var size = BinaryPrimitives.ReadInt32LittleEndian(length);
            content = size is >= 0 and <= LongestBlock ? new byte[size] : throw new IOException("the node before speaks another language");
            await Previous.ReadExactlyAsync(content, cancel);
        }
        if (place.Next == 0) return content;
        var header = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(header, content.Length);
        await Next.WriteAsync(header, cancel);
        await Next.WriteAsync(content, cancel);
        return content;
    }

    public void Dispose()
    {
        next?.Dispose();
        previous?.Dispose();
    }

    private static void Combine<T>(ReadOnlySpan<T> received, Span<T> into, bool adding) where T : unmanaged, IAdditionOperators<T, T, T>
    {
        for (var i = 0; i < into.Length; i++) into[i] = adding ? into[i] + received[i] : received[i];
    }

    /// <summary>One of n almost equal parts; numbers wrap around.</summary>
    private static ArraySegment<T> Part<T>(T[] vector, int n, int number)
    {
        var i = (number % n + n) % n;
        var from = (int)((long)vector.Length * i / n);
        return new(vector, from, (int)((long)vector.Length * (i + 1) / n) - from);
    }

    private static async Task<TcpClient> AcceptAsync(TcpListener listener, string mark, CancellationToken cancel)
    {
        var expected = Encoding.UTF8.GetBytes(mark);
        var given = new byte[expected.Length];
        while (true)
        {
            var client = await listener.AcceptTcpClientAsync(cancel);
            if (await client.GetStream().ReadAtLeastAsync(given, given.Length, throwOnEndOfStream: false, cancel) == given.Length && given.SequenceEqual(expected))
                return client;
            client.Dispose();
        }
    }

    /// <summary>The neighbour may start later.</summary>
    private static async Task<TcpClient> ConnectNextAsync(RingPlace place, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            var client = new TcpClient { NoDelay = true };
            try
            {
                await client.ConnectAsync(place.Nodes[place.Next], place.PortOf(place.Next), cancel);
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(place.Mark), cancel);
                return client;
            }
            catch (SocketException)
            {
                client.Dispose();
                await Task.Delay(Pause, time, cancel);
            }
        }
    }

    private static IPAddress AddressOf(string node) => IPAddress.TryParse(node, out var address) ? address : IPAddress.Any;
}
