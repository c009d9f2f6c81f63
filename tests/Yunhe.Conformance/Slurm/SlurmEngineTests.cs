using System.Formats.Tar;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using static Yunhe.Conformance.Slurm.SlurmBench;

namespace Yunhe.Conformance.Slurm;

/// <summary>What only Slurm can show, by its commands, through ssh and by slurmrestd.</summary>
public sealed class SlurmEngineTests(SlurmLab lab)
{
    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Ssh)]
    [InlineData(Way.Rest)]
    public async Task Tasks_of_an_array_that_come_together_are_one_native_submission(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        int[] indices = [0, 1, 2, 5, 9];
        await bench.StartedAsync([.. indices.Select(i => Run($"w1_{i}.1", "echo task $SLURM_ARRAY_TASK_ID $YUNHE_TASK; exit $((SLURM_ARRAY_TASK_ID == 5))",
            spec => spec with { Array = new(indices, null) }))]);

        foreach (var index in indices)
        {
            var end = await bench.EndedAsync($"w1_{index}.1");
            Assert.Equal(index == 5 ? 1 : 0, end.ExitCode);
            Assert.Equal($"task {index} w1_{index}\n", await bench.OutputAsync($"w1_{index}.1"));
        }

        Assert.Single((await bench.JobsAsync()).Select(job => job.Split('_')[0]).Distinct());
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Waiting_and_running_tasks_of_an_array_are_cancelled_one_by_one(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        int[] indices = [.. Enumerable.Range(0, 60)];
        await bench.StartedAsync([.. indices.Select(i => Run($"w1_{i}.1", "sleep 60", spec => spec with
        {
            Array = new(indices, null),
            Requirements = [new(new(4, 100, 0))],
        }))]);
        await bench.UntilAsync("w1_0.1", report => report.Phase == EnginePhase.Running);
        Assert.Equal(EnginePhase.Pending, (await bench.ReportAsync("w1_59.1")).Phase);

        await bench.Engine.CancelAsync([.. indices.Where(i => i is not 1).Select(i => AttemptId.Parse($"w1_{i}.1"))], TimeSpan.FromSeconds(5), default);

        Assert.Equal(FailureReason.CancelledByUser, (await bench.EndedAsync("w1_0.1")).Failure);
        Assert.Equal(FailureReason.CancelledByUser, (await bench.EndedAsync("w1_59.1")).Failure);
        Assert.Equal(EnginePhase.Running, (await bench.ReportAsync("w1_1.1")).Phase);
        await bench.Engine.CancelAsync([AttemptId.Parse("w1_1.1")], TimeSpan.FromSeconds(5), default);
        await bench.EndedAsync("w1_1.1");
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Ssh)]
    [InlineData(Way.Rest)]
    public async Task A_batch_script_runs_natively_with_what_Yunhe_decided_instead_of_its_own_array_and_dependency(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        const string script = """
            #!/bin/bash
            #SBATCH --array=0-3
            #SBATCH --dependency=afterok:99999999
            #SBATCH --time=1
            #SBATCH --gpus-per-node=2
            echo "$SLURM_JOB_NUM_NODES nodes $SLURM_NTASKS tasks $SLURM_CPUS_PER_TASK cpus array=$SLURM_ARRAY_TASK_ID $SECRET $CUDA_VISIBLE_DEVICES"
            pwd; echo complaint >&2
            srun sh -c 'echo rank $SLURM_PROCID'
            exit 7
            """;
        var model = way == Way.Rest ? "H100" : "A100";
        await bench.StartedAsync(Batch("w1.1", script, spec => spec with
        {
            Nodes = 2,
            TimeLimit = TimeSpan.FromMinutes(5),
            Secrets = new Dictionary<string, string> { ["SECRET"] = "s e'c\"r$et" },
            Requirements = [new(new(2, 200, 1), model)],
            Batch = new() { TasksPerNode = 1, CpusPerTask = 2 },
        }));

        var end = await bench.EndedAsync("w1.1");
        var output = await bench.OutputAsync("w1.1");
        Assert.Equal((7, FailureReason.ExitCode), (end.ExitCode, end.Failure));
        Assert.StartsWith("2 nodes 2 tasks 2 cpus array= s e'c\"r$et 0\n", output, StringComparison.Ordinal);
        Assert.Contains($"{bench.FolderOf(AttemptId.Parse("w1.1"))}/workdir\n", output, StringComparison.Ordinal);
        Assert.Contains("rank 1\n", output, StringComparison.Ordinal);
        Assert.Contains("complaint\n", output, StringComparison.Ordinal);
        Assert.Equal(2, end.Nodes.Count);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Batch_scripts_of_an_array_run_in_their_own_folders_with_their_arguments(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        var program = new ProgramSpec(ProgramKind.Batch) { Script = "#!/bin/bash\n#SBATCH --array=7\necho $SLURM_ARRAY_TASK_ID $1 $2; pwd", Arguments = ["a b", "$(id)"] };
        await bench.StartedAsync([.. new[] { 1, 2 }.Select(i => Of($"w1_{i}.1", program, spec => spec with { Array = new([1, 2], null) }))]);

        await bench.EndedAsync("w1_2.1");
        Assert.Equal($"2 a b $(id)\n{bench.FolderOf(AttemptId.Parse("w1_2.1"))}/workdir\n", await bench.OutputAsync("w1_2.1"));
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task No_secret_is_in_the_job_that_Slurm_shows(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        await bench.StartedAsync(Run("w1.1", "echo $TOKEN; sleep 5", spec => spec with { Secrets = new Dictionary<string, string> { ["TOKEN"] = "hush-hush" } }));
        var id = IdOf(await bench.RunningAsync("w1.1"));

        Assert.DoesNotContain("hush-hush", await bench.OperatorAsync("scontrol", "show", "job", "-dd", id), StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", await bench.OperatorAsync("scontrol", "write", "batch_script", id, "-"), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(bench.FolderOf(AttemptId.Parse("w1.1"))).Where(file => Path.GetFileName(file) is "variables" or "environment" or "run"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await bench.Engine.CancelAsync([AttemptId.Parse("w1.1")], TimeSpan.Zero, default);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_gang_knows_the_addresses_of_its_nodes(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        await bench.StartedAsync(Run("w1.1", "echo $SKYPILOT_NODE_RANK/$SKYPILOT_NUM_NODES $(echo $SKYPILOT_NODE_IPS)", spec => spec with { Nodes = 3 }));

        Assert.Equal(0, (await bench.EndedAsync("w1.1")).ExitCode);
        Assert.Equal(
            ["0/3 127.0.0.1 127.0.0.1 127.0.0.1", "1/3 127.0.0.1 127.0.0.1 127.0.0.1", "2/3 127.0.0.1 127.0.0.1 127.0.0.1"],
            (await bench.OutputAsync("w1.1")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task What_the_operator_cancels_is_not_the_users_doing(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        await bench.StartedAsync(Run("w1.1", "sleep 60"));
        await bench.OperatorAsync("scancel", IdOf(await bench.RunningAsync("w1.1")));

        Assert.Equal(FailureReason.CancelledBySite, (await bench.EndedAsync("w1.1")).Failure);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_requeued_job_goes_on_as_the_same_attempt(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        await bench.StartedAsync(Run("w1.1", "[ -e second ] && { echo begin; exit 3; }; touch second; echo begin; sleep 60", spec => spec with { Batch = new() { Requeue = true } }));
        await bench.UntilAsync("w1.1", report => report.Phase == EnginePhase.Running);
        while (await bench.OutputAsync("w1.1") == "") await Task.Delay(50);
        var id = IdOf(await bench.ReportAsync("w1.1"));
        await bench.OperatorAsync("scontrol", "requeue", id);
        Assert.Equal(EnginePhase.Pending, (await bench.UntilAsync("w1.1", report => report.Restarts == 1 && report.Phase == EnginePhase.Pending)).Phase);

        // Slurm itself lets two minutes pass; hurried before KillWait (2 s) is over, the end of the first run may strike the second.
        await Task.Delay(TimeSpan.FromSeconds(4));
        await bench.OperatorAsync("scontrol", "update", $"jobid={id}", "StartTime=now");

        var end = await bench.EndedAsync("w1.1");
        Assert.True(end is { ExitCode: 3, Restarts: 1 }, $"{end}");
        Assert.Equal("begin\nbegin\n", await bench.OutputAsync("w1.1"));
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Slurms_own_words_tell_why_it_refuses(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        var gpus = await bench.StartAsync(Run("w1.1", "true", spec => spec with { Requirements = [new(new(1, 100, 9), way == Way.Rest ? "H100" : "A100")] }));
        var partition = await bench.StartAsync(Run("w2.1", "true", pool: "nowhere"));

        Assert.Equal((StartOutcome.Refused, FailureReason.Refused, "Requested node configuration is not available"), (gpus.Outcome, gpus.Reason, gpus.Detail));
        Assert.Equal(StartOutcome.Refused, partition.Outcome);
        Assert.Contains("nvalid partition", partition.Detail, StringComparison.Ordinal);
        Assert.Equal(EnginePhase.Gone, (await bench.ReportAsync("w2.1")).Phase);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_waiting_job_says_in_clear_words_why(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        Requirement[] allGpus = [new(new(1, 100, 4), way == Way.Rest ? "H100" : "A100")];
        await bench.StartedAsync(
            Run("w1.1", "true", spec => spec with { TimeLimit = TimeSpan.FromHours(9) }, pool: "short"),
            Run("w2.1", "sleep 60", spec => spec with { Nodes = 4, Requirements = allGpus }));
        await bench.RunningAsync("w2.1");
        await bench.StartedAsync(Run("w3.1", "true", spec => spec with { Nodes = 4, Requirements = allGpus }));

        Assert.Contains("can never run as it is", (await bench.UntilAsync("w1.1", r => r.Detail.Contains("Partition"))).Detail, StringComparison.Ordinal);
        Assert.Contains("waits for free nodes", (await bench.UntilAsync("w3.1", r => r.Detail.Contains("Resources"))).Detail, StringComparison.Ordinal);
        await bench.Engine.CancelAsync([AttemptId.Parse("w1.1"), AttemptId.Parse("w2.1"), AttemptId.Parse("w3.1")], TimeSpan.Zero, default);
        Assert.Equal(FailureReason.CancelledByUser, (await bench.EndedAsync("w1.1")).Failure);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Pools_and_queue_show_what_is_free_and_what_is_asked_for(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        var model = way == Way.Rest ? "H100" : "A100";
        await bench.StartedAsync(Run("w1.1", "sleep 60", spec => spec with { TimeLimit = TimeSpan.FromMinutes(10), Requirements = [new(new(2, 400, 3), model)] }));
        await bench.RunningAsync("w1.1");

        var report = await bench.Engine.ObserveAsync([], default);
        var main = Assert.Single(report.Pools, pool => pool.Pool.Name == "main");
        var shorter = Assert.Single(report.Pools, pool => pool.Pool.Name == "short");
        Assert.Equal((new Resources(8, 16_000, 4), model, 4), (main.Pool.PerNode, main.Pool.Accelerator, main.Pool.Nodes + main.Unusable));
        Assert.Equal(main.Pool.Nodes, main.Free.Sum(free => free.Count));
        Assert.Contains(main.Free, free => free.Free.Accelerators == 1);
        Assert.Equal((TimeSpan.FromHours(1), "fast"), (shorter.Pool.MaxTime, Assert.Single(shorter.Pool.Features)));
        var work = Assert.Single(report.Queue, work => work.PerNode == new Resources(2, 400, 3));
        Assert.True(work.Running);
        Assert.InRange(work.Limit!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        await bench.Engine.CancelAsync([AttemptId.Parse("w1.1")], TimeSpan.Zero, default);
    }

    [Fact]
    public async Task Files_travel_through_ssh_and_are_deleted_when_forgotten()
    {
        await using var bench = await OfAsync(lab, Way.Ssh);
        var source = Directory.CreateDirectory(Path.Combine(lab.Shared, "source")).FullName;
        await File.WriteAllTextAsync(Path.Combine(source, "in put.txt"), "data");
        var sha = new string('a', 64);
        await TarFile.CreateFromDirectoryAsync(source, Path.Combine(lab.Shared, sha), includeBaseDirectory: false);
        await bench.StartedAsync(Run("w1.1", "cat 'in put.txt' | tee outputs/a b.txt; ln -s /etc/passwd out.txt; ln -s b.txt in.txt; echo no > c.dat", spec => spec with { Workdir = sha }));
        var attempt = AttemptId.Parse("w1.1");
        Assert.Equal(0, (await bench.EndedAsync("w1.1")).ExitCode);
        Assert.Equal("ta"u8.ToArray(), await bench.Engine.ReadLogAsync(attempt, LogStream.Stdout, 2, 10, default));

        var files = await EngineHarness.CollectAsync(bench.Engine, attempt, "*.txt");
        Assert.Equal(["b.txt", "in put.txt", "in.txt", "outputs/a"], files.Keys);
        await bench.Engine.ForgetAsync(attempt, default);
        Assert.False(Directory.Exists(bench.FolderOf(attempt)));
        Assert.Empty((await bench.Engine.ObserveAsync([], default)).Attempts);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Waiting_tasks_of_a_sparse_array_are_known_though_Slurm_lists_only_the_first(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        int[] indices = [.. Enumerable.Range(0, 100).Select(i => (i * i) + 2)];
        await bench.StartedAsync([.. indices.Select(i => Run($"w1_{i}.1", "true", spec => spec with { Array = new(indices, null), TimeLimit = TimeSpan.FromHours(9) }, pool: "short"))]);

        // A server that has just started and so knows only what Slurm shows.
        await using var later = await OfAsync(lab, way, network: bench.Network);
        var attempts = indices.Select(i => AttemptId.Parse($"w1_{i}.1")).ToList();
        Assert.All(
            (await later.Engine.ObserveAsync([.. attempts, AttemptId.Parse("w1_1.1"), AttemptId.Parse("w1_9999.1")], default)).Attempts,
            report => Assert.Equal(attempts.Contains(report.Attempt) ? EnginePhase.Pending : EnginePhase.Gone, report.Phase));
        await later.Engine.CancelAsync([attempts[^1]], TimeSpan.Zero, default);
        Assert.Equal(FailureReason.CancelledByUser, (await later.EndedAsync("w1_9803.1")).Failure);
        Assert.Equal(EnginePhase.Pending, (await later.ReportAsync("w1_9606.1")).Phase);
    }

    [Fact]
    public async Task Processor_time_is_summed_up_over_nodes()
    {
        await using var bench = await OfAsync(lab, Way.CommandLine);
        await bench.StartedAsync(Run("w1.1", "while [ $SECONDS -lt 2 ]; do :; done", spec => spec with { Nodes = 2 }));
        Assert.InRange((await bench.EndedAsync("w1.1")).CpuSeconds!.Value, 0.2, 6);
    }
}
