using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yunhe.Conformance.Slurm;

/// <summary>Passes connections on to a port of this machine; the first that submits a job is cut before its answer.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int port;
    private readonly Task serving;
    private int cuts;

    public CuttingProxy(int port)
    {
        this.port = port;
        listener.Start();
        serving = ServeAsync();
    }

    public string Url => $"http://{listener.LocalEndpoint}";

    public int Cuts => cuts;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        listener.Dispose();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        while (true)
        {
            var next = listener.AcceptTcpClientAsync(stop.Token).AsTask();
            await Task.WhenAny(next);
            if (stop.IsCancellationRequested) break;
            connections.Add(PassAsync(await next));
        }

        await Task.WhenAll(connections);
    }

    private async Task PassAsync(TcpClient near)
    {
        using var client = near;
        using var far = new TcpClient();
        await far.ConnectAsync(IPAddress.Loopback, port);
        var submits = false;
        await Task.WhenAny(
            CopyAsync(near.GetStream(), far.GetStream(), request =>
            {
                submits |= Encoding.ASCII.GetString(request).Contains("/job/submit ", StringComparison.Ordinal);
                return true;
            }),
            CopyAsync(far.GetStream(), near.GetStream(), _ => !submits || Interlocked.CompareExchange(ref cuts, 1, 0) != 0));
    }

    /// <param name="pass">False cuts the connection instead of passing the bytes on.</param>
    private async Task CopyAsync(Stream from, Stream to, Func<byte[], bool> pass)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, stop.Token) is var count and > 0 && pass(buffer[..count])) await to.WriteAsync(buffer.AsMemory(0, count), stop.Token);
    }
}
