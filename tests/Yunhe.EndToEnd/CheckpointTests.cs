using System.Diagnostics;
using System.Text.RegularExpressions;
using Yunhe.Conformance.Slurm;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.EndToEnd;

/// <summary>A real training by a gang of two, whose site is taken away under it: it goes on at another, and ends with the same weights.</summary>
public sealed partial class CheckpointTests(SlurmLab lab) : IAsyncLifetime
{
    private const int Steps = 240;
    private const string Settings = "--every 40 --keep 3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);
    private static readonly Lazy<Task<string>> Undisturbed = new(UndisturbedAsync);

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-checkpoint-").FullName;
    private ServerProcess server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new(folder);
        await server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Killed_at_one_site_a_training_resumes_at_another_and_ends_with_the_same_weights_though_the_server_was_killed_too()
    {
        await AddLocalAsync("east");
        var id = await TrainAsync();
        await UntilAsync(id, t => t.Checkpoint is not null);
        await AddLocalAsync("west");
        await server.KillAsync();
        KillSessions("east", "w1.1");
        await server.StartAsync();

        var task = await EndAsync(id);
        Assert.Equal(["east", "west"], task.Attempts.Select(a => a.Site));
        await CheckAsync(id, task);
    }

    [Fact]
    public async Task A_site_that_is_gone_for_good_costs_no_more_than_what_was_done_since_the_last_copy()
    {
        await AddLocalAsync("east");
        var id = await TrainAsync();
        await UntilAsync(id, t => t.Checkpoint is not null);
        await AddLocalAsync("west");
        KillSessions("east", "w1.1");
        Directory.Move(Path.Combine(server.DataDirectory, "work", "east"), Path.Combine(folder, "gone"));

        var task = await EndAsync(id);
        Assert.Equal(("lost", "west"), (task.Attempts[0].Failure, task.Attempts[1].Site));
        await CheckAsync(id, task);
    }

    [Fact]
    public async Task A_training_that_is_killed_at_a_Slurm_site_resumes_on_this_machine()
    {
        var cluster = await lab.GammaAsync();
        var shared = Directory.CreateDirectory(Path.Combine(lab.Shared, $"checkpoint-{Path.GetFileName(folder)}")).FullName;
        var client = server.Client();
        await client.AddSiteAsync(new()
        {
            Name = "gamma", Engine = "slurm", Settings = new Dictionary<string, string> { ["conf"] = cluster.Conf, ["work_folder"] = shared },
        }, default);
        var id = await TrainAsync();
        await UntilAsync(id, t => t.Checkpoint is not null);
        await AddLocalAsync("west");
        await client.DrainSiteAsync("gamma", default);
        Kill("-KILL", await File.ReadAllTextAsync(Directory.GetFiles(shared, "pid.1", SearchOption.AllDirectories).Single()));

        var task = await EndAsync(id);
        Assert.Equal(["gamma", "west"], task.Attempts.Select(a => a.Site));
        await CheckAsync(id, task);
    }

    /// <summary>What the same training ends with that nobody disturbs, alone and without Yunhe.</summary>
    private static async Task<string> UndisturbedAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", $"{ServerProcess.Executable} work train --steps {Steps} {Settings}")
        {
            RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath(),
        })!;
        return Digest().Match(await process.StandardOutput.ReadToEndAsync()).Value;
    }

    private async Task AddLocalAsync(string name) => await server.Client().AddSiteAsync(
        new() { Name = name, Engine = "local", LostAfterSeconds = 2, Pools = [new() { Name = "main", Nodes = 2, Cpus = 2, MemoryMib = 2048 }] }, default);

    private async Task<string> TrainAsync() => (await server.Client().SubmitAsync(
        new()
        {
            Name = "train",
            Program = new() { Kind = ProgramWord.Task, Run = $"echo $$ >pid.$SKYPILOT_NODE_RANK; exec dotnet \"$EXE\" work train --steps {Steps} {Settings}" },
            Resources = [new() { Cpus = 1, MemoryMib = 512 }],
            NumNodes = 2,
            Envs = new Dictionary<string, string> { ["EXE"] = ServerProcess.Executable, ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "", ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
            Checkpoint = new() { Path = "checkpoints", EverySeconds = 1 },
            Retries = 3,
        }, "train", default)).Id;

    /// <summary>Nothing of it is left, and nobody writes down how it ended.</summary>
    private void KillSessions(string site, string attempt)
    {
        var session = File.ReadAllText(Path.Combine(server.DataDirectory, "work", site, attempt, "pid")).Split(' ')[0];
        using var kill = Process.Start("pkill", ["-KILL", "-s", session])!;
        kill.WaitForExit();
    }

    private static void Kill(string signal, string process)
    {
        using var kill = Process.Start("kill", [signal, process.Trim()])!;
        kill.WaitForExit();
    }

    private Task<TaskView> EndAsync(string id) => UntilAsync(id, t => t.Phase >= PhaseWord.Succeeded);

    private async Task<TaskView> UntilAsync(string id, Func<TaskView, bool> seen)
    {
        var client = server.Client();
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(50))
        {
            var view = await client.WorkloadAsync(id, default);
            if (view.FirstTasks is [var task] && seen(task)) return task;
            Assert.True(view.Phase < PhaseWord.Succeeded, $"{id} {view.Phase} too soon: {view.Detail}\n{server.Log}");
            Assert.True(DateTime.UtcNow < end, $"{id} is {view.Phase}: {view.Detail}\n{server.Log}");
        }
    }

    private async Task CheckAsync(string id, TaskView task)
    {
        Assert.True(task.Phase == PhaseWord.Succeeded, $"{task.Phase}: {task.Detail}\n{server.Log}");
        var last = task.Attempts[^1];
        Assert.NotNull(last.ResumedFrom);
        using var log = new MemoryStream();
        await server.Client().CopyLogAsync(new(id, null, task.Attempts.Count), 0, false, log, default);
        var text = System.Text.Encoding.UTF8.GetString(log.ToArray());
        Assert.Matches("resumed after step [1-9]", text);
        Assert.Equal(await Undisturbed.Value, Digest().Match(text).Value);
        Assert.Equal(64 + "digest ".Length, Digest().Match(text).Value.Length);
    }

    [GeneratedRegex("digest [0-9a-f]+")]
    private static partial Regex Digest();
}
