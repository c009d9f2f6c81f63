using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance.Local;

/// <summary>sbatch scripts where no Slurm is.</summary>
public sealed class LocalBatchTests : IAsyncDisposable
{
    private readonly LocalHarness harness = new();
    private readonly IEngine engine;

    public LocalBatchTests() => engine = harness.Open();

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task A_script_finds_Slurms_variables()
    {
        var spec = Batch("for n in JOB_ID JOBID JOB_NAME JOB_PARTITION JOB_NODELIST NNODES NTASKS NTASKS_PER_NODE CPUS_PER_TASK CPUS_ON_NODE JOB_CPUS_PER_NODE "
            + "MEM_PER_NODE PROCID CLUSTER_NAME; do v=SLURM_$n; echo $n=${!v}; done; test \"$SLURM_SUBMIT_DIR\" = \"$PWD\" && echo same") with
        {
            Nodes = 2,
            Batch = new() { TasksPerNode = 2, CpusPerTask = 1 },
        };
        var (attempt, _) = await RunAsync(spec);
        var number = attempt.Task.Workload.Number;
        Assert.Equal(
            $"JOB_ID={number}\nJOBID={number}\nJOB_NAME=conformance\nJOB_PARTITION=main\nJOB_NODELIST=here-main-1,here-main-2\nNNODES=2\nNTASKS=4\n"
            + "NTASKS_PER_NODE=2\nCPUS_PER_TASK=1\nCPUS_ON_NODE=1\nJOB_CPUS_PER_NODE=1(x2)\nMEM_PER_NODE=256\nPROCID=0\nCLUSTER_NAME=here\nsame\n",
            await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task Srun_runs_a_command_for_each_task_and_fails_with_its_code()
    {
        var (attempt, report) = await RunAsync(Batch(
            "srun --exclusive -n 3 bash -c 'echo task $SLURM_PROCID of $SLURM_NTASKS on $SLURM_NODEID'\nsrun -l echo labelled\nsrun -n2 bash -c 'exit $((SLURM_PROCID * 6))'") with { Nodes = 2 });
        Assert.Equal(6, report.ExitCode);
        var lines = (await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["0: labelled", "1: labelled", "srun: --exclusive has no effect here", "task 0 of 3 on 0", "task 1 of 3 on 0", "task 2 of 3 on 1"],
            lines.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, "slurm-{0}.out")]
    [InlineData("logs/%x-%j.log", "logs/conformance-{0}.log")]
    [InlineData("/tmp/%9j/run%%.txt", "run%.txt")]
    [InlineData("../../up.txt", "up.txt")]
    [InlineData("..", "slurm-{0}.out")]
    public async Task Output_also_appears_under_the_name_that_the_script_chose_and_is_brought_back(string? pattern, string name)
    {
        var (attempt, _) = await RunAsync(Batch("echo out; echo err >&2") with { Batch = new() { Output = pattern } });
        name = string.Format(name, attempt.Task.Workload.Number);
        Assert.Equal("out\nerr\n", (await EngineHarness.CollectAsync(engine, attempt))[name]);
        Assert.Equal("out\nerr\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task A_task_of_an_array_has_output_and_error_files_of_its_own()
    {
        var attempt = EngineHarness.NewAttempt(7);
        var spec = Batch("echo out; echo err >&2") with { Array = new([7], null), Batch = new() { Error = "%3a.err" } };
        await EngineHarness.StartAsync(engine, harness.Launch(spec, attempt));
        await harness.EndAsync(engine, attempt);
        Assert.Equal(
            new Dictionary<string, string> { [$"slurm-{attempt.Task.Workload.Number}_7.out"] = "out\n", ["007.err"] = "err\n" },
            await EngineHarness.CollectAsync(engine, attempt));
    }

    [Fact]
    public async Task The_script_gets_its_signal_before_the_limit()
    {
        var (attempt, report) = await RunAsync(Batch("trap 'echo warned; exit 0' USR1; while :; do sleep 0.1; done") with
        {
            TimeLimit = TimeSpan.FromSeconds(30),
            Batch = new() { Signal = "B:USR1@29" },
        });
        Assert.Equal((0, null), (report.ExitCode, report.Failure));
        Assert.Equal("warned\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task Steps_get_the_signal_where_it_is_not_for_the_script()
    {
        var (attempt, report) = await RunAsync(Batch("srun -n1 bash -c 'trap \"echo warned; exit 5\" USR1; while :; do sleep 0.1; done'") with
        {
            TimeLimit = TimeSpan.FromSeconds(30),
            Batch = new() { Signal = "SIGUSR1@29" },
        });
        Assert.Equal(5, report.ExitCode);
        Assert.Equal("warned\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task The_shebang_chooses_the_interpreter()
    {
        var spec = Batch("") with { Program = new(ProgramKind.Batch) { Script = "#!/usr/bin/awk -f\nBEGIN { print \"awk\" }\n" } };
        var (attempt, _) = await RunAsync(spec);
        Assert.Equal("awk\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    private WorkloadSpec Batch(string lines) => harness.Script("") with { Program = new(ProgramKind.Batch) { Script = $"#!/bin/bash\n{lines}\n" }, Batch = new() };

    private async Task<(AttemptId Attempt, AttemptReport Report)> RunAsync(WorkloadSpec spec)
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(spec));
        return (attempt, await harness.EndAsync(engine, attempt));
    }
}
