using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Yunhe.Contracts.Client;

namespace Yunhe.EndToEnd;

/// <summary>`yunhe up` as a process of its own, over a data directory that outlives it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string data;
    private readonly int port;
    private readonly string log;
    private Process? process;

    public ServerProcess(string folder)
    {
        data = Path.Combine(folder, "data");
        log = Path.Combine(folder, "server.log");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Executable => Path.Combine(AppContext.BaseDirectory, "yunhe.dll");

    public string DataDirectory => data;

    public int ProcessId => process!.Id;

    public string Address => $"http://127.0.0.1:{port}";

    public string Token => File.ReadAllText(Path.Combine(data, "admin.token")).Trim();

    public string Log => File.Exists(log) ? File.ReadAllText(log) : "";

    public async Task StartAsync()
    {
        // The shell sends both outputs to one file, which a kill can't lose.
        process = Process.Start(new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec dotnet \"$1\" up --data \"$2\" --port \"$3\" >>\"$4\" 2>&1", "sh", Executable, data, $"{port}", log },
        })!;
        using var http = new HttpClient { BaseAddress = new(Address), Timeout = TimeSpan.FromSeconds(5) };
        var end = DateTime.UtcNow + Patience;
        while (!await ReadyAsync(http))
        {
            if (process.HasExited || DateTime.UtcNow > end) throw new InvalidOperationException($"the server is not ready:\n{Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL: no goodbye, no flush.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public YunheClient Client() => YunheClient.Connect(new(Address), Token);

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await KillAsync();
    }

    private static async Task<bool> ReadyAsync(HttpClient http)
    {
        try
        {
            return (await http.GetAsync("/readyz")).IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
