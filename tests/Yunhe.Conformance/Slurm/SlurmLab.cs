using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Yunhe.Conformance.Slurm;

[assembly: AssemblyFixture(typeof(SlurmLab))]

namespace Yunhe.Conformance.Slurm;

/// <summary>How a cluster is talked to.</summary>
public enum Way
{
    CommandLine,
    Ssh,
    Rest,
}

/// <summary>A real cluster of tests/slurm/cluster.sh.</summary>
public sealed record Cluster(string Name, string Folder, int Port)
{
    public string Conf => Path.Combine(Folder, "etc", "slurm.conf");

    public string Token => Path.Combine(Folder, "run", "token");

    public string Socket => $"unix:{Folder}/run/rest/slurmrestd.sock";

    public string Url => $"http://127.0.0.1:{Port + 3}";
}

/// <summary>Clusters, started when a test first asks for one and torn down with the run.</summary>
public sealed class SlurmLab : IAsyncDisposable
{
    private const int PortsPerCluster = 200;

    // slurmrestd runs as nobody, and munge asks for a path that all may pass.
    private readonly string folder = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), $"yunhe-slurm-{Environment.ProcessId}"), (UnixFileMode)0b111_101_101).FullName;
    private readonly Lazy<Task<Cluster>> alpha;
    private readonly Lazy<Task<Cluster>> beta;
    private readonly Lazy<Task<Cluster>> gamma;
    private readonly Lazy<Task<string>> ssh;
    private readonly Lock ports = new();
    private int nextPort = 18_000 + (Environment.ProcessId % 12 * 1000);

    public SlurmLab()
    {
        alpha = new(() => UpAsync("alpha", "nodes=4"));
        beta = new(() => UpAsync("beta", "nodes=4", "gputype=h100", "rest=1"));
        gamma = new(() => UpAsync("gamma", "nodes=3", "minage=2", "rest=1", "preempt=1"));
        ssh = new(SshAsync);
    }

    /// <summary>Four nodes of 8 cores, 16,000 MiB and four A100; known by its commands.</summary>
    public Task<Cluster> AlphaAsync() => alpha.Value;

    /// <summary>Four nodes with four H100 each; known by slurmrestd.</summary>
    public Task<Cluster> BetaAsync() => beta.Value;

    /// <summary>Three nodes; forgets ended jobs at once, and its partition "short" preempts "main". For the tests that break it: they may not run side by side.</summary>
    public Task<Cluster> GammaAsync() => gamma.Value;

    /// <summary>Folder with the ssh_config of a server of this machine; its host is "cluster".</summary>
    public Task<string> SshConfigAsync() => ssh.Value;

    /// <summary>The folder that jobs and tests share.</summary>
    public string Shared => Directory.CreateDirectory(Path.Combine(folder, "shared")).FullName;

    public async Task<Cluster> UpAsync(string name, params string[] settings)
    {
        var port = FreePorts();
        await ScriptAsync("cluster.sh", ["up", name, $"port={port}", .. settings]);
        return new(name, Path.Combine(folder, name), port);
    }

    public Task<string> DownAsync(Cluster cluster) => ScriptAsync("cluster.sh", ["down", cluster.Name, "wipe=1"]);

    public Task<string> ControllerUpAsync(Cluster cluster) => ScriptAsync("cluster.sh", ["ctld", cluster.Name]);

    public static async Task ControllerDownAsync(Cluster cluster)
    {
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(cluster.Folder, "run", "slurmctld.pid")));
        await RunAsync("/bin/kill", [$"{pid}"], ("LC_ALL", "C"));
        while (Directory.Exists($"/proc/{pid}")) await Task.Delay(20);
    }

    /// <summary>One of Slurm's own commands, as the site's operator would run it.</summary>
    public static Task<string> OperatorAsync(Cluster cluster, params string[] command) =>
        RunAsync(command[0], command[1..], ("SLURM_CONF", cluster.Conf));

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in new[] { alpha, beta, gamma })
        {
            if (cluster.IsValueCreated && cluster.Value.IsCompletedSuccessfully) await DownAsync(await cluster.Value);
        }

        if (ssh.IsValueCreated) await ScriptAsync("sshd.sh", ["down", Path.Combine(folder, "ssh")]);
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> SshAsync()
    {
        var own = Path.Combine(folder, "ssh");
        await ScriptAsync("sshd.sh", ["up", own, $"{FreePorts()}"]);
        return Path.Combine(own, "ssh_config");
    }

    private Task<string> ScriptAsync(string script, string[] arguments) =>
        RunAsync(Path.Combine(Scripts(), script), arguments, ("SLURMLAB", folder));

    private static string Scripts()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "slurm", "cluster.sh"))) return Path.Combine(at.FullName, "slurm");
        }

        throw new InvalidOperationException("tests/slurm/cluster.sh is not above " + AppContext.BaseDirectory);
    }

    private int FreePorts()
    {
        lock (ports)
        {
            for (var tries = 0; tries < 100; tries++)
            {
                var first = nextPort;
                nextPort += PortsPerCluster;
                if (new[] { first, first + 3, first + 101, first + 102, first + 103, first + 104 }.All(IsFree)) return first;
            }
        }

        throw new InvalidOperationException("no free ports for a Slurm cluster");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, (string Name, string Value) variable)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[variable.Name] = variable.Value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());

        // Daemons hold the pipes open: the script's own end counts.
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        if (process.ExitCode != 0) throw new InvalidOperationException(
            $"{program} {string.Join(' ', arguments)}: {await errors} (what Slurm's tests need: tests/slurm/install.sh)");
        return await Task.WhenAny(output, Task.Delay(500)) == output ? await output : "";
    }
}
