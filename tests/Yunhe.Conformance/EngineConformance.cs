using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance;

/// <summary>What every engine that runs real programs does, whatever it stands on. An adapter is done when it passes this.</summary>
public abstract class EngineConformance : LifecycleConformance
{
    [Fact]
    public async Task A_setup_that_fails_fails_the_attempt_before_its_program_runs()
    {
        var spec = Harness.Script("echo ran");
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec with { Program = spec.Program with { Setup = "echo preparing; exit 4" } }));
        var report = await Harness.EndAsync(engine, attempt);
        Assert.Equal((4, FailureReason.Setup), (report.ExitCode, report.Failure));
        Assert.DoesNotContain("ran", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_program_gets_SIGTERM_and_may_tidy_up()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Script("trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.1; done")));
        await Harness.PrintedAsync(engine, attempt, "ready");
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(20), Cancel);
        var report = await Harness.EndAsync(engine, attempt);
        Assert.Equal(FailureReason.CancelledByUser, report.Failure);
        Assert.Contains("tidied", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_that_may_exist_is_found_and_not_begun_again()
    {
        await using var engine = Harness.Open();
        var launch = Harness.Launch(Harness.Script("echo begun"));
        await EngineHarness.StartAsync(engine, launch);
        await EngineHarness.StartAsync(engine, launch, mayExist: true);
        await Harness.EndAsync(engine, launch.Attempt);
        await EngineHarness.StartAsync(engine, launch, mayExist: true);
        await Harness.EndAsync(engine, launch.Attempt);
        Assert.Equal("begun\n", await EngineHarness.TextAsync(engine, launch.Attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task Every_node_of_a_gang_runs_with_its_rank_and_knows_the_others()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("echo \"rank $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES sees $(echo \"$SKYPILOT_NODE_IPS\" | wc -l)\"") with { Nodes = 2 };
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec));
        var report = await Harness.EndAsync(engine, attempt);
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(2, report.Nodes.Distinct().Count());
        var lines = (await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order();
        Assert.Equal(["rank 0 of 2 sees 2", "rank 1 of 2 sees 2"], lines);
    }

    [Fact]
    public async Task Output_can_be_read_from_any_offset_while_it_is_written()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Script("echo 0123456789; echo oops >&2; sleep 2; echo end")));
        await Harness.PrintedAsync(engine, attempt, "0123456789");
        Assert.Equal("345"u8.ToArray(), await engine.ReadLogAsync(attempt, LogStream.Stdout, 3, 3, Cancel));
        Assert.Empty(await engine.ReadLogAsync(attempt, LogStream.Stdout, 1_000_000, 10, Cancel));
        await Harness.EndAsync(engine, attempt);
        Assert.Equal("0123456789\nend\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
        Assert.Contains("oops", await EngineHarness.TextAsync(engine, attempt, LogStream.Stderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_and_secrets_reach_the_program_to_the_letter()
    {
        const string Nasty = "a b'c\"d$(touch /tmp/pwned)`id`\\n\n运河 *;|&<>!";
        await using var engine = Harness.Open();
        var spec = Harness.Script("printf '%s|%s' \"$PLAIN\" \"$HIDDEN\"") with
        {
            Envs = new Dictionary<string, string> { ["PLAIN"] = Nasty },
            Secrets = new Dictionary<string, string> { ["HIDDEN"] = "s3cret " + Nasty },
        };
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec));
        await Harness.EndAsync(engine, attempt);
        Assert.Equal($"{Nasty}|s3cret {Nasty}", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task A_command_gets_its_arguments_to_the_letter()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("") with { Program = new(ProgramKind.Command) { Command = ["printf", "%s|", "two words", "$HOME", "*", "", "it's \"it\""] } };
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec));
        Assert.Equal(0, (await Harness.EndAsync(engine, attempt)).ExitCode);
        Assert.Equal("two words|$HOME|*||it's \"it\"|", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task Uploads_are_unpacked_where_they_belong_and_outputs_are_brought_back()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("./tool.sh data/in.txt > result.csv; echo more > \"$YUNHE_OUTPUT_DIR/more.txt\"; ln -s /etc/passwd leak.csv; echo x > other.txt") with
        {
            Workdir = Harness.Upload(("tool.sh", "#!/bin/sh\ntr a-z A-Z < \"$1\"\n", true), ("sub/readme", "hello", false)),
            FileMounts = [new("data", Harness.Upload(("in.txt", "canal\n", false)))],
        };
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec));
        Assert.Equal(0, (await Harness.EndAsync(engine, attempt)).ExitCode);
        var files = await EngineHarness.CollectAsync(engine, attempt, "*.csv", "sub/**");
        Assert.Equal(
            new Dictionary<string, string> { ["result.csv"] = "CANAL\n", ["outputs/more.txt"] = "more\n", ["sub/readme"] = "hello" },
            files);
    }

    [Fact]
    public Task A_checkpoint_folder_goes_from_one_attempt_to_the_next() => CheckpointCheck.RunAsync(Harness);

    [Fact]
    public async Task An_upload_that_leads_out_of_its_folder_is_refused()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("true") with { Workdir = Harness.Upload(("../escaped", "x", false)) };
        var result = Assert.Single(await engine.StartAsync([Harness.Launch(spec)], false, Cancel));
        Assert.Equal((StartOutcome.Refused, FailureReason.Staging), (result.Outcome, result.Reason));
        Assert.Contains("../escaped", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_of_an_array_knows_its_index_and_the_extent_of_the_array()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("echo $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT $SLURM_ARRAY_TASK_MIN-$SLURM_ARRAY_TASK_MAX") with
        {
            Array = new([2, 5, 8], null),
        };
        var first = EngineHarness.NewAttempt(2);
        var launches = spec.Array.Indices.Select(i => Harness.Launch(spec, first with { Task = first.Task with { Index = i } })).ToList();
        Assert.All(await engine.StartAsync(launches, false, Cancel), r => Assert.Equal(StartOutcome.Started, r.Outcome));
        foreach (var launch in launches)
        {
            Assert.Equal(0, (await Harness.EndAsync(engine, launch.Attempt)).ExitCode);
            Assert.Equal($"{launch.Attempt.Task.Index}/3 2-8\n", await EngineHarness.TextAsync(engine, launch.Attempt, LogStream.Stdout));
        }
    }

    [Fact]
    public async Task An_sbatch_script_runs_once_with_its_arguments_and_Slurms_variables()
    {
        await using var engine = Harness.Open();
        var spec = Harness.Script("") with
        {
            Nodes = 2,
            Program = new(ProgramKind.Batch)
            {
                Script = "#!/bin/bash\n#SBATCH --nodes=2\necho \"$1 $SLURM_JOB_NUM_NODES $SLURM_NTASKS ${SLURM_JOB_NODELIST:+nodes}\"\nexit 3\n", Arguments = ["a b"],
            },
            Batch = new() { TasksPerNode = 1, Tasks = 2 },
        };
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(spec));
        Assert.Equal(3, (await Harness.EndAsync(engine, attempt)).ExitCode);
        Assert.Equal("a b 2 2 nodes\n", await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task A_look_at_the_site_while_it_forgets_shows_what_was_or_nothing()
    {
        var launches = Enumerable.Range(0, 12).Select(_ => Harness.Launch(Harness.Exits(0))).ToList();
        await using (var first = Harness.Open())
        {
            await first.StartAsync(launches, false, Cancel);
            foreach (var launch in launches) await Harness.EndAsync(first, launch.Attempt);
        }
        await using var engine = Harness.Open();
        var forgetting = Task.Run(async () =>
        {
            foreach (var launch in launches) await engine.ForgetAsync(launch.Attempt, Cancel);
        }, Cancel);
        do
        {
            var seen = (await engine.ObserveAsync([], Cancel)).Attempts.Where(a => launches.Any(l => l.Attempt == a.Attempt));
            Assert.All(seen, report => Assert.True(report is { Phase: EnginePhase.Ended, ExitCode: 0, Failure: null }, $"{report}"));
        }
        while (!forgetting.IsCompleted);
        await forgetting;
    }
}
