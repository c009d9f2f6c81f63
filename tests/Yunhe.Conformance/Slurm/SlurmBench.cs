using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Slurm;

namespace Yunhe.Conformance.Slurm;

/// <summary>One engine on one cluster, with what tests ask of it.</summary>
internal sealed class SlurmBench(SlurmEngine engine, Cluster cluster, EngineContext context) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int networks;

    public SlurmEngine Engine => engine;

    public Cluster Cluster => cluster;

    public EngineContext Context => context;

    public string Network => context.Network;

    public string FolderOf(AttemptId attempt) => Path.Combine(context.Site.Engine.Settings["work_folder"], context.Network, attempt.ToString());

    public static async Task<SlurmBench> OfAsync(
        SlurmLab lab, Way way, Cluster? cluster = null, string? network = null, Func<ISlurmTransport, ISlurmTransport>? wrap = null,
        params (string Name, string Value)[] more)
    {
        cluster ??= way == Way.Rest ? await lab.BetaAsync() : await lab.AlphaAsync();
        var settings = new Dictionary<string, string> { ["work_folder"] = lab.Shared, ["settle_seconds"] = "1" };
        if (way == Way.Rest)
        {
            (settings["url"], settings["user"], settings["token_file"]) = (cluster.Url, Environment.UserName, cluster.Token);
        }
        else
        {
            settings["conf"] = cluster.Conf;
        }

        if (way == Way.Ssh) (settings["ssh"], settings["ssh_options"]) = ("cluster", $"-F {await lab.SshConfigAsync()}");
        foreach (var (name, value) in more) settings[name] = value;
        var context = new EngineContext(
            network ?? $"n{Interlocked.Increment(ref networks)}", SiteOf(cluster.Name, settings), lab.Shared, Path.Combine(lab.Shared, "own"), TimeProvider.System)
        {
            CheckpointFolder = Path.Combine(lab.Shared, "checkpoints"),
        };
        return new(SlurmEngine.Create(context, wrap ?? (transport => transport)), cluster, context);
    }

    public static Launch Run(string attempt, string script, Func<WorkloadSpec, WorkloadSpec>? with = null, string pool = "main") =>
        Of(attempt, new(ProgramKind.Task) { Run = script }, with, pool);

    public static Launch Batch(string attempt, string script, Func<WorkloadSpec, WorkloadSpec>? with = null) =>
        Of(attempt, new(ProgramKind.Batch) { Script = script }, with, "main");

    public static Launch Of(string attempt, ProgramSpec program, Func<WorkloadSpec, WorkloadSpec>? with = null, string pool = "main")
    {
        var spec = new WorkloadSpec { Name = "test", Program = program, Requirements = [new(new(1, 100, 0))] };
        spec = with?.Invoke(spec) ?? spec;
        return new(AttemptId.Parse(attempt), spec, spec.Requirements[0], pool, []);
    }

    public async Task<StartResult> StartAsync(Launch launch, bool mayExist = false) =>
        Assert.Single(await engine.StartAsync([launch], mayExist, CancellationToken.None));

    public async Task StartedAsync(params Launch[] launches)
    {
        foreach (var result in await engine.StartAsync(launches, false, CancellationToken.None))
            Assert.True(result.Outcome == StartOutcome.Started, $"{result.Outcome}: {result.Detail}");
    }

    public async Task<AttemptReport> ReportAsync(string attempt)
    {
        var id = AttemptId.Parse(attempt);
        return Assert.Single((await engine.ObserveAsync([id], CancellationToken.None)).Attempts, report => report.Attempt == id);
    }

    public Task<AttemptReport> EndedAsync(string attempt) => UntilAsync(attempt, report => report.Phase == EnginePhase.Ended);

    public Task<AttemptReport> RunningAsync(string attempt) => UntilAsync(attempt, report => report.Phase == EnginePhase.Running);

    public async Task<AttemptReport> UntilAsync(string attempt, Func<AttemptReport, bool> met, TimeSpan? patience = null)
    {
        var until = DateTime.UtcNow + (patience ?? Patience);
        while (true)
        {
            var report = await ReportAsync(attempt);
            if (met(report)) return report;
            Assert.True(DateTime.UtcNow < until, $"still {report}");
            await Task.Delay(100);
        }
    }

    public async Task<string> OutputAsync(string attempt, LogStream stream = LogStream.Stdout) =>
        Encoding.UTF8.GetString(await engine.ReadLogAsync(AttemptId.Parse(attempt), stream, 0, 1 << 20, CancellationToken.None));

    public Task<string> OperatorAsync(params string[] command) => SlurmLab.OperatorAsync(cluster, command);

    /// <summary>Slurm's jobs of this network: ID and comment.</summary>
    public async Task<IReadOnlyList<string>> JobsAsync() =>
    [
        .. (await OperatorAsync("squeue", "-h", "-t", "all", "-O", "JobArrayID:40,Comment:80")).Split('\n')
            .Where(line => line.Contains($"yunhe:{Network}:", StringComparison.Ordinal)),
    ];

    /// <summary>"alpha job 42" -> "42".</summary>
    public static string IdOf(AttemptReport report) => report.EngineJob!.Split(' ')[^1];

    /// <summary>Frees the cluster for the next test, also after a failure.</summary>
    public async ValueTask DisposeAsync()
    {
        var jobs = (await OperatorAsync("squeue", "-h", "-O", "ArrayJobID:20,Comment:80")).Split('\n')
            .Where(line => line.Contains($"yunhe:{Network}:", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Distinct().ToArray();
        if (jobs.Length > 0) await OperatorAsync(["scancel", "--quiet", .. jobs]);
        await engine.DisposeAsync();
    }

    private static Site SiteOf(string name, Dictionary<string, string> settings) => new()
    {
        Name = name,
        Place = new(),
        Link = new(1_000_000_000, 1, Money.Zero),
        Prices = PriceBook.Free,
        Green = new(1, 0, 0, 0),
        Engine = new(EngineSpec.Slurm, settings),
    };
}
