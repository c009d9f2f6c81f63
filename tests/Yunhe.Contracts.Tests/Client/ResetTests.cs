using System.Net;
using System.Net.Sockets;
using System.Text;
using Yunhe.Contracts.Client;

namespace Yunhe.Contracts.Tests.Client;

/// <summary>Connections that TCP resets in the middle of a body.</summary>
public sealed class ResetTests
{
    [Fact]
    public async Task A_log_goes_on_behind_a_reset()
    {
        using var server = new Resetting("hello ", "world");
        using var output = new MemoryStream();
        Assert.Equal(11, await server.Client.CopyLogAsync(new("w1"), 0, true, output, TestContext.Current.CancellationToken));
        Assert.Equal("hello world", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("offset=6", server.Requests[^1]);
    }

    [Fact]
    public async Task Watching_goes_on_behind_a_reset()
    {
        using var server = new Resetting(Event(1), Event(2));
        var versions = new List<long>();
        await foreach (var change in server.Client.WatchAsync("w1", null, TestContext.Current.CancellationToken)) versions.Add(change.Version);
        Assert.Equal([1, 2], versions);
        Assert.Contains("Last-Event-ID: 1", server.Requests[^1]);
    }

    [Fact]
    public async Task What_the_users_own_output_throws_is_not_taken_for_a_lost_connection()
    {
        using var server = new Resetting("hello ", "world");
        await using var full = new FullDisk();
        Assert.Equal("disk full", (await Assert.ThrowsAsync<IOException>(() => server.Client.CopyLogAsync(new("w1"), 0, true, full, default))).Message);
        Assert.Single(server.Requests);
    }

    private static string Event(long version) =>
        $"id: {version}\ndata: {{\"version\": {version}, \"at\": \"2026-01-01T00:00:00Z\", \"kind\": \"attempt-started\"}}\n\n";

    private sealed class FullDisk : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("disk full");
    }

    /// <summary>Answers each request with the next text; all but the last with a reset in place of the end, once the client has read the text.</summary>
    private sealed class Resetting : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly List<string> requests = [];

        public Resetting(params string[] bodies)
        {
            listener.Start();
            Client = new(new HttpClient { BaseAddress = new($"http://{listener.LocalEndpoint}") });
            _ = ServeAsync(bodies);
        }

        public YunheClient Client { get; }

        public IReadOnlyList<string> Requests => requests;

        public void Dispose() => listener.Dispose();

        private async Task ServeAsync(string[] bodies)
        {
            for (var i = 0; i < bodies.Length; i++)
            {
                using var socket = await listener.AcceptSocketAsync();
                var request = "";
                var buffer = new byte[4096];
                while (!request.EndsWith("\r\n\r\n", StringComparison.Ordinal)) request += Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
                requests.Add(request);
                var last = i == bodies.Length - 1;
                var length = Encoding.UTF8.GetByteCount(bodies[i]) + (last ? 0 : 1);
                await socket.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{bodies[i]}"));
                // A reset throws away what the other side has not read yet.
                if (last) continue;
                await Task.Delay(100);
                socket.LingerState = new(true, 0);
            }
        }
    }
}
