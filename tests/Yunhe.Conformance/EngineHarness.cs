using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance;

/// <summary>
/// One site of one engine under test. Opening it again is what a restart of the control plane does: what runs goes on.
/// </summary>
public abstract class EngineHarness : IAsyncDisposable
{
    private static long next;

    /// <summary>How long anything may take before the test gives up; a bound, not an expectation.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>A time limit that this engine can keep, and how late it may strike.</summary>
    public virtual (TimeSpan Limit, TimeSpan Late) TimeLimit => (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    public abstract Site Site { get; }

    /// <summary>Folder of uploaded tars.</summary>
    public abstract string BlobFolder { get; }

    /// <summary>Where copies of checkpoints lie, by task.</summary>
    public string CheckpointFolder => Path.Combine(BlobFolder, "checkpoints");

    /// <summary>The pool that launches go to.</summary>
    public abstract string Pool { get; }

    /// <summary>Opens an engine over the site as it is.</summary>
    public abstract IEngine Open();

    public abstract ValueTask DisposeAsync();

    /// <summary>Attempt IDs are unique over all tests of a run, since sites are shared.</summary>
    public static AttemptId NewAttempt(int index = -1) => new(new(new(Interlocked.Increment(ref next)), index), 1);

    /// <summary>A workload that runs a bash script on each node.</summary>
    public virtual WorkloadSpec Script(string run) => new()
    {
        Name = "conformance",
        Program = new(ProgramKind.Task) { Run = run },
        Requirements = [new(new(1, 256, 0))],
    };

    public virtual WorkloadSpec Exits(int code, TimeSpan after = default) => Script(
        (after > TimeSpan.Zero ? $"sleep {after.TotalSeconds}; " : "") + (code == 127 ? "exec /no/such/program" : $"exit {code}"));

    public virtual WorkloadSpec Sleeps() => Script("sleep 1000");

    public virtual WorkloadSpec KillsItself() => Script("kill -KILL $$; sleep 10");

    public virtual WorkloadSpec IgnoresSigterm() => Script("trap '' TERM; while :; do sleep 0.1; done");

    /// <summary>A gang of two; after a second, so that the first one runs by then.</summary>
    public virtual WorkloadSpec FailsOnTheSecondNode(int code) =>
        Script($"if [ $SKYPILOT_NODE_RANK = 1 ]; then sleep 1; exit {code}; fi; sleep 1000") with { Nodes = 2 };

    public Launch Launch(WorkloadSpec spec, AttemptId? attempt = null) => new(
        attempt ?? NewAttempt(), spec, spec.Requirements[0], Pool,
        Site.Engine.SchedulesItself ? [] : [.. Enumerable.Range(1, spec.Nodes).Select(i => Site.Pools[0].NodeName(Site.Name, i))]);

    /// <summary>Puts files (path, text, executable or not) into a tar among the uploads; its SHA-256.</summary>
    public string Upload(params (string Path, string Text, bool Executable)[] files)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
            foreach (var (path, text, executable) in files)
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path)
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (executable ? UnixFileMode.UserExecute : 0),
                });
        return Upload(tar.ToArray());
    }

    public string Upload(byte[] tar)
    {
        var sha = Convert.ToHexStringLower(SHA256.HashData(tar));
        File.WriteAllBytes(Path.Combine(BlobFolder, sha), tar);
        return sha;
    }

    /// <summary>Starts one launch and asserts that the engine has it.</summary>
    public static async Task<AttemptId> StartAsync(IEngine engine, Launch launch, bool mayExist = false)
    {
        var result = Assert.Single(await engine.StartAsync([launch], mayExist, TestContext.Current.CancellationToken));
        Assert.True(result.Outcome == StartOutcome.Started, $"{result.Outcome}: {result.Detail}");
        return launch.Attempt;
    }

    public async Task<AttemptReport> UntilAsync(IEngine engine, AttemptId attempt, Func<AttemptReport, bool> seen)
    {
        var cancel = TestContext.Current.CancellationToken;
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            var report = (await engine.ObserveAsync([attempt], cancel)).Attempts.Single(a => a.Attempt == attempt);
            if (seen(report)) return report;
            if (DateTime.UtcNow > end) Assert.Fail($"after {Patience} still {report}\nstderr: {await TextAsync(engine, attempt, LogStream.Stderr)}");
            await Task.Delay(100, cancel);
        }
    }

    public Task<AttemptReport> EndAsync(IEngine engine, AttemptId attempt) => UntilAsync(engine, attempt, r => r.Phase == EnginePhase.Ended);

    /// <summary>Waits until a program has printed a line that contains <paramref name="text"/>.</summary>
    public async Task PrintedAsync(IEngine engine, AttemptId attempt, string text) =>
        await UntilAsync(engine, attempt, r =>
            r.Phase is EnginePhase.Running or EnginePhase.Ended
            && TextAsync(engine, attempt, LogStream.Stdout).GetAwaiter().GetResult().Contains(text, StringComparison.Ordinal));

    public static async Task<string> TextAsync(IEngine engine, AttemptId attempt, LogStream stream)
    {
        using var all = new MemoryStream();
        while (await engine.ReadLogAsync(attempt, stream, all.Length, 64 * 1024, TestContext.Current.CancellationToken) is { Length: > 0 } bytes)
            all.Write(bytes);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Files of a collected tar, by path.</summary>
    public static async Task<Dictionary<string, string>> CollectAsync(IEngine engine, AttemptId attempt, params string[] globs)
    {
        using var tar = new MemoryStream();
        await engine.CollectAsync(attempt, globs, tar, TestContext.Current.CancellationToken);
        tar.Position = 0;
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = new TarReader(tar);
        while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
            if (entry.EntryType is TarEntryType.RegularFile)
                files.Add(entry.Name, entry.DataStream is null ? "" : await new StreamReader(entry.DataStream).ReadToEndAsync());
        return files;
    }
}
