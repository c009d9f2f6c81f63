using System.Diagnostics;
using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance.Local;

/// <summary>What is this engine's own, beside what all share.</summary>
public sealed class LocalEngineTests : IAsyncDisposable
{
    private readonly LocalHarness harness = new();
    private readonly IEngine engine;

    public LocalEngineTests() => engine = harness.Open();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task A_program_that_uses_more_memory_than_granted_has_failed_for_that()
    {
        var report = await RunAsync(harness.Script("x=$(head -c 400M /dev/zero | tr '\\0' x); echo ${#x}"));
        if ((await engine.ObserveAsync([], Cancel)).Enforcement.Contains("cgroup", StringComparison.Ordinal))
        {
            Assert.Equal(FailureReason.OutOfMemory, report.Failure);
            Assert.Equal(256, report.PeakMemoryMiB);
        }
        else
        {
            Assert.NotEqual(0, report.ExitCode);
        }
    }

    [Fact]
    public async Task Used_CPU_time_and_memory_are_measured()
    {
        var report = await RunAsync(harness.Script("x=$(head -c 50M /dev/zero | tr '\\0' x); timeout 0.5 bash -c 'while :; do :; done'; true"));
        Assert.InRange(report.CpuSeconds!.Value, 0.2, 20);
        Assert.InRange(report.PeakMemoryMiB!.Value, 50, 256);
    }

    [Fact]
    public async Task A_program_gets_no_more_cores_than_granted()
    {
        var report = await RunAsync(harness.Script("for i in 1 2; do timeout 2 bash -c 'while :; do :; done' & done; wait; true"));
        Assert.InRange(report.CpuSeconds!.Value, 0.1, 2.6);
    }

    [Fact]
    public async Task When_the_runner_was_killed_its_program_is_killed_too_and_the_node_has_failed()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("sleep 4711 & echo $!; wait")));
        await harness.PrintedAsync(engine, attempt, "\n");
        var sleep = int.Parse(await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout), CultureInfo.InvariantCulture);
        await KillRunnerAsync(attempt);
        var report = await harness.EndAsync(engine, attempt);
        Assert.Equal((FailureReason.NodeFailure, null, null), (report.Failure, report.ExitCode, report.Signal));
        await GoneAsync(sleep);
        Assert.Equal(report.EndedAt, (await harness.EndAsync(harness.Open(), attempt)).EndedAt);
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(2, "an-earlier-boot")]
    public async Task Another_process_or_boot_is_not_taken_for_the_runner(int word, string value)
    {
        using var other = Process.Start("setsid", ["sleep", "1000"]);
        try
        {
            var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("echo ready; sleep 1000")));
            await harness.PrintedAsync(engine, attempt, "ready");
            await KillRunnerAsync(attempt);
            var file = Path.Combine(harness.WorkFolder, attempt.ToString(), "pid");
            var words = (await File.ReadAllTextAsync(file)).Split(' ');
            words[0] = other.Id.ToString(CultureInfo.InvariantCulture);
            words[1] = (await File.ReadAllTextAsync($"/proc/{other.Id}/stat")).Split(' ')[21];
            words[word] = value;
            await File.WriteAllTextAsync(file, string.Join(' ', words));
            Assert.Equal(FailureReason.NodeFailure, (await harness.EndAsync(engine, attempt)).Failure);
            Assert.False(other.HasExited);
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public async Task A_program_inherits_no_variables_and_no_open_files_of_the_server()
    {
        Environment.SetEnvironmentVariable("YUNHE_SERVER_TOKEN", "secret");
        using var open = new FileStream(Path.Combine(harness.BlobFolder, "open"), FileMode.Create);
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("env | cut -d= -f1 | sort | tr '\\n' ' '; echo; ls /proc/$$/fd >fds; tr '\\n' ' ' <fds")));
        await harness.EndAsync(engine, attempt);
        var lines = (await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout)).Split('\n');
        Assert.Equal(
            "HOME LANG LOGNAME PATH PWD SHLVL SKYPILOT_NODE_IPS SKYPILOT_NODE_RANK SKYPILOT_NUM_GPUS_PER_NODE SKYPILOT_NUM_NODES "
            + "SKYPILOT_TASK_ID TMPDIR USER YUNHE_ATTEMPT YUNHE_OUTPUT_DIR YUNHE_SITE YUNHE_TASK YUNHE_WORKLOAD _ ",
            lines[0]);

        // 255 is the script that bash itself reads.
        Assert.Equal("0 1 2 255 ", lines[1]);
    }

    [Fact]
    public async Task Cancelling_reaches_grandchildren_in_groups_and_sessions_of_their_own()
    {
        var spec = harness.Script("setsid bash -c 'trap \"\" TERM; while :; do sleep 0.1; done' & echo $!; timeout 999 sleep 998 & echo $!; echo ready; wait");
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(spec));
        await harness.PrintedAsync(engine, attempt, "ready");
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(0.5), Cancel);
        var report = await harness.EndAsync(engine, attempt);
        Assert.Equal((FailureReason.CancelledByUser, 15), (report.Failure, report.Signal));
        var lines = (await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout)).Split('\n');
        await GoneAsync(int.Parse(lines[0], CultureInfo.InvariantCulture));
        await GoneAsync(int.Parse(lines[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_cancel_goes_on_when_the_control_plane_stops()
    {
        var first = harness.Open();
        var attempt = await EngineHarness.StartAsync(first, harness.Launch(harness.Script("trap '' TERM; echo ready; while :; do sleep 0.1; done")));
        await harness.PrintedAsync(first, attempt, "ready");
        await first.CancelAsync([attempt], TimeSpan.FromSeconds(0.5), Cancel);
        await first.DisposeAsync();
        var report = await harness.EndAsync(engine, attempt);
        Assert.Equal((FailureReason.CancelledByUser, 9), (report.Failure, report.Signal));
    }

    [Fact]
    public async Task A_cancelled_program_that_exits_with_0_reports_both()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done")));
        await harness.PrintedAsync(engine, attempt, "ready");
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(20), Cancel);
        var report = await harness.EndAsync(engine, attempt);
        Assert.Equal((FailureReason.CancelledByUser, 0), (report.Failure, report.ExitCode));
    }

    [Fact]
    public async Task An_attempt_cancelled_at_once_after_its_start_ends()
    {
        for (var i = 0; i < 10; i++)
        {
            var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Sleeps()));
            await engine.CancelAsync([attempt], TimeSpan.FromSeconds(5), Cancel);
            Assert.Equal(FailureReason.CancelledByUser, (await harness.EndAsync(engine, attempt)).Failure);
        }
    }

    [Fact]
    public async Task Beginning_and_end_are_announced_also_for_work_begun_before_a_restart()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("sleep 0.5")));
        await using var second = harness.Open();
        var changed = new SemaphoreSlim(0);
        second.Changed += () => changed.Release();
        while ((await second.ObserveAsync([attempt], Cancel)).Attempts.Single().Phase != EnginePhase.Ended)
            Assert.True(await changed.WaitAsync(harness.Patience, Cancel), "no change was announced");
    }

    [Fact]
    public async Task Ranks_have_addresses_of_their_own_and_can_listen_on_one_port()
    {
        var spec = harness.Script("echo \"$SKYPILOT_NODE_IPS\" | sed -n \"$((SKYPILOT_NODE_RANK + 1))p\"") with { Nodes = 3 };
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(spec));
        await harness.EndAsync(engine, attempt);
        var lines = (await EngineHarness.TextAsync(engine, attempt, LogStream.Stdout)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["127.0.0.1", "127.0.0.2", "127.0.0.3"], lines.Order());
    }

    [Fact]
    public async Task Of_several_failing_ranks_the_lowest_gives_the_code()
    {
        var report = await RunAsync(harness.Script("exit $((10 + SKYPILOT_NODE_RANK))") with { Nodes = 3 });
        Assert.Equal(10, report.ExitCode);
    }

    [Fact]
    public async Task Collecting_ends_where_links_go_round_in_the_working_directory()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("mkdir d; ln -s . a; ln -s ../d d/b; ln -s c c; mkfifo pipe; echo x > d/x.txt")));
        await harness.EndAsync(engine, attempt);
        Assert.Equal("x\n", (await EngineHarness.CollectAsync(engine, attempt, "**/*.txt"))["d/x.txt"]);
    }

    [Fact]
    public async Task A_log_of_a_gigabyte_is_read_by_offset()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("truncate -s 1G /proc/self/fd/1; echo tail")));
        await harness.EndAsync(engine, attempt);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Equal("tail\n"u8.ToArray(), await engine.ReadLogAsync(attempt, LogStream.Stdout, 1L << 30, 4096, Cancel));
        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 10_000_000);
    }

    [Fact]
    public async Task Nothing_is_left_after_forgetting_not_even_of_folders_closed_to_their_user()
    {
        var attempt = await EngineHarness.StartAsync(engine, harness.Launch(harness.Script("mkdir closed; touch closed/x; chmod 0 closed; ln -s / root")));
        await harness.EndAsync(engine, attempt);
        await engine.ForgetAsync(attempt, Cancel);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(harness.WorkFolder, "*", SearchOption.AllDirectories), path => path.Contains(attempt.ToString(), StringComparison.Ordinal));
        Assert.True(Directory.Exists("/usr"));
    }

    [Fact]
    public async Task A_refused_start_leaves_nothing_and_may_be_tried_again()
    {
        var launch = harness.Launch(harness.Script("true") with { Workdir = new string('a', 64) });
        var refused = Assert.Single(await engine.StartAsync([launch], false, Cancel));
        Assert.Equal((StartOutcome.Refused, FailureReason.Staging), (refused.Outcome, refused.Reason));
        Assert.Equal(EnginePhase.Gone, (await engine.ObserveAsync([launch.Attempt], Cancel)).Attempts.Single().Phase);
        await EngineHarness.StartAsync(engine, launch with { Spec = launch.Spec with { Workdir = null } });
        Assert.Equal(0, (await harness.EndAsync(engine, launch.Attempt)).ExitCode);
    }

    [Fact]
    public async Task Of_many_starts_of_one_attempt_at_once_one_runs()
    {
        var launch = harness.Launch(harness.Script("echo begun"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => EngineHarness.StartAsync(engine, launch))));
        await harness.EndAsync(engine, launch.Attempt);
        Assert.Equal("begun\n", await EngineHarness.TextAsync(engine, launch.Attempt, LogStream.Stdout));
    }

    [Fact]
    public async Task A_start_cut_short_by_a_crash_is_finished_by_the_next_look()
    {
        var launch = harness.Launch(harness.Script("echo begun"));
        await EngineHarness.StartAsync(engine, launch);
        await harness.EndAsync(engine, launch.Attempt);

        // As it was before any runner had claimed it.
        foreach (var trace in new[] { "pid", "exit" }) File.Delete(Path.Combine(harness.WorkFolder, launch.Attempt.ToString(), trace));
        foreach (var group in (await File.ReadAllLinesAsync(Path.Combine(harness.WorkFolder, launch.Attempt.ToString(), "groups")))) Directory.CreateDirectory(group);
        File.SetLastWriteTimeUtc(Path.Combine(harness.WorkFolder, launch.Attempt.ToString(), "note"), DateTime.UtcNow.AddMinutes(-1));
        await using var second = harness.Open();
        Assert.Equal(0, (await harness.EndAsync(second, launch.Attempt)).ExitCode);
        Assert.Equal("begun\nbegun\n", await EngineHarness.TextAsync(second, launch.Attempt, LogStream.Stdout));
    }

    private async Task<AttemptReport> RunAsync(WorkloadSpec spec) =>
        await harness.EndAsync(engine, await EngineHarness.StartAsync(engine, harness.Launch(spec)));

    private async Task KillRunnerAsync(AttemptId attempt)
    {
        var words = (await File.ReadAllTextAsync(Path.Combine(harness.WorkFolder, attempt.ToString(), "pid"))).Split(' ');
        using var runner = Process.GetProcessById(int.Parse(words[0], CultureInfo.InvariantCulture));
        runner.Kill();
        await runner.WaitForExitAsync(Cancel);
    }

    /// <summary>Waits until a process is no more, or only waits to be reaped.</summary>
    private async Task GoneAsync(int id)
    {
        var end = DateTime.UtcNow + harness.Patience;
        while (File.Exists($"/proc/{id}/stat") && !(await File.ReadAllTextAsync($"/proc/{id}/stat", Cancel)).Contains(") Z", StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < end, $"process {id} still lives");
            await Task.Delay(20, Cancel);
        }
    }
}
