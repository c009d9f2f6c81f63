using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Server;

namespace Yunhe.Cli.Demo;

/// <summary>A control plane in this process, on a free port, with a folder of its own.</summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    private static readonly TimeSpan SitePatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private DemoNetwork(Uri address, YunheClient client, Task running, CancellationTokenSource stop) =>
        (Address, Client, this.running, this.stop) = (address, client, running, stop);

    public Uri Address { get; }

    public YunheClient Client { get; }

    /// <summary>Ends when the server does.</summary>
    public Task Running => running;

    public static async Task<DemoNetwork> StartAsync(string dataFolder, Shell shell, CancellationToken cancel)
    {
        var started = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stop = new CancellationTokenSource();
        var options = new ServerOptions { DataDirectory = dataFolder, Urls = ["http://127.0.0.1:0"], Verbose = false };
        var running = YunheServer.RunAsync(options, started.SetResult, stop.Token);
        if (await Task.WhenAny(started.Task, running).WaitAsync(cancel) == running) await running;
        var address = await started.Task;
        var token = (await File.ReadAllTextAsync(Path.Combine(dataFolder, Settings.TokenFile), cancel)).Trim();
        return new(address, shell.Connect(address, token), running, stop);
    }

    /// <summary>Attaches sites and waits until each has been looked at.</summary>
    public async Task AttachAsync(IReadOnlyList<SiteRequest> sites, Shell shell, CancellationToken cancel)
    {
        foreach (var site in sites) await Client.AddSiteAsync(site, cancel);
        var start = shell.Time.GetTimestamp();
        while (true)
        {
            var views = await Client.SitesAsync(cancel);
            if (views.All(v => v.Status == "up")) return;
            if (shell.Time.GetElapsedTime(start) > SitePatience)
                throw new IOException($"site {views.First(v => v.Status != "up").Site.Name} doesn't come up: {views.First(v => v.Status != "up").Problem}");
            await Task.Delay(Pause, shell.Time, cancel);
        }
    }

    /// <summary>
    /// A script that starts this very command, as one path: it may run as a file of its own or by way of dotnet.
    /// </summary>
    public static string WriteLauncher(string folder)
    {
        var path = Path.Combine(folder, "yunhe");
        var assembly = Path.Combine(AppContext.BaseDirectory, "yunhe.dll");
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        var viaDotnet = Path.GetFileNameWithoutExtension(process) == "dotnet";
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture,
            $"#!/bin/sh\nexec {Format.ShellWord(process)} {(viaDotnet ? Format.ShellWord(assembly) + " " : "")}\"$@\"\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

}
