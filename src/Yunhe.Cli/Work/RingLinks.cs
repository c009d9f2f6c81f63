using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yunhe.Cli.Work;

/// <summary>The two links of a node in a ring: to the next and from the previous.</summary>
internal sealed class RingLinks(TcpClient next, TcpClient previous) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public NetworkStream Next => next.GetStream();

    public NetworkStream Previous => previous.GetStream();

    public static async Task<RingLinks> OpenAsync(RingPlace place, TimeProvider time, CancellationToken cancel)
    {
        using var left = new TcpListener(AddressOf(place.Nodes[place.Rank]), place.PortOf(place.Rank));
        left.Start();
        var accepting = AcceptAsync(left, place.Mark, cancel);
        var next = await ConnectAsync(place, time, cancel);
        return new(next, await accepting);
    }

    public void Dispose()
    {
        next.Dispose();
        previous.Dispose();
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
    private static async Task<TcpClient> ConnectAsync(RingPlace place, TimeProvider time, CancellationToken cancel)
    {
        var rank = (place.Rank + 1) % place.Nodes.Count;
        while (true)
        {
            var client = new TcpClient { NoDelay = true };
            try
            {
                await client.ConnectAsync(place.Nodes[rank], place.PortOf(rank), cancel);
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
