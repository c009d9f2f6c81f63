using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Slurm;

namespace Yunhe.Conformance.Slurm;

/// <summary>What needs no cluster: settings, texts, states.</summary>
public sealed class SlurmTextTests
{
    [Theory]
    [InlineData("work_folder is missing", "conf=/etc/slurm.conf")]
    [InlineData("absolute path", "work_folder=relative")]
    [InlineData("absolute path", "work_folder=/a/../b")]
    [InlineData("unknown setting 'colour'", "work_folder=/w;colour=red")]
    [InlineData("neither http", "work_folder=/w;url=ftp://x")]
    [InlineData("choose one", "work_folder=/w;url=http://x;ssh=host")]
    [InlineData("say whose token", "work_folder=/w;url=http://x;token_file=/t")]
    [InlineData("no destination", "work_folder=/w;ssh=-oProxyCommand=evil")]
    [InlineData("number of seconds", "work_folder=/w;timeout_seconds=0")]
    public void Settings_that_make_no_sense_are_named(string words, string settings)
    {
        var parsed = settings.Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        Assert.Contains(words, Assert.Throws<SlurmSettingsException>(() => SlurmSettings.Parse(parsed)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec <&-; sleep 0.1; echo why >&2; exit 3")]
    [InlineData("head -c 10 >/dev/null; echo why >&2; exit 3")]
    public async Task A_command_that_ends_before_it_read_everything_tells_why_itself(string script)
    {
        await using var runner = new CommandRunner(new() { WorkFolder = "/w" });
        var result = await runner.RunAsync(["sh", "-c", script], default, async (stdin, cancel) =>
        {
            for (var i = 0; i < 50; i++) await stdin.WriteAsync(new byte[100_000], cancel);
        });
        Assert.Equal(new(3, "", "why"), result);
    }

    [Theory]
    [InlineData("3,5-7", "3,5,6,7")]
    [InlineData("0-9:3%2", "0,3,6,9")]
    [InlineData("1,2,...", "1,2")]
    public void Array_indices_are_read_as_Slurm_writes_them(string text, string expected) =>
        Assert.Equal(expected, string.Join(',', ArrayIndices.Expand(text)));

    [Fact]
    public void What_is_called_back_is_cancelled_only_while_it_is_pending() => Assert.Equal(
        ["scancel", "--quiet", "--state=PENDING", "13", "14_5", "14_6"], CommandLineTransport.ScancelPending(["13", "14_5", "14_6"]));

    [Fact]
    public void Array_indices_are_written_in_runs() => Assert.Equal("0-2,5,8-9", ArrayIndices.Text([0, 1, 2, 5, 8, 9]));

    [Theory]
    [InlineData("a1", "a1")]
    [InlineData("a[1-3,7],b[08-10]x,c", "a1,a2,a3,a7,b08x,b09x,b10x,c")]
    [InlineData("", "")]
    public void Host_lists_are_expanded(string text, string expected) => Assert.Equal(expected, string.Join(',', HostList.Expand(text)));

    [Fact]
    public void A_mark_of_another_network_is_not_ours()
    {
        Assert.NotNull(SlurmMark.Parse("yunhe:one:w17_3.2", "one"));
        Assert.Null(SlurmMark.Parse("yunhe:one:w17_3.2", "on"));
        Assert.Null(SlurmMark.Parse("yunhe:one:w17_3.2; rm", "one"));
        Assert.Null(SlurmMark.Parse("", "one"));
    }

    [Fact]
    public void Words_of_a_remote_command_reach_it_as_they_are() =>
        Assert.Equal("'it'\\''s $(x) `y` \"z\"'", CommandRunner.Quote("it's $(x) `y` \"z\""));

    [Theory]
    [InlineData("PENDING", EnginePhase.Pending)]
    [InlineData("CONFIGURING", EnginePhase.Pending)]
    [InlineData("REQUEUE_HOLD", EnginePhase.Pending)]
    [InlineData("SPECIAL_EXIT", EnginePhase.Pending)]
    [InlineData("SUSPENDED", EnginePhase.Running)]
    [InlineData("COMPLETING", EnginePhase.Running)]
    [InlineData("BOOT_FAIL", EnginePhase.Ended)]
    [InlineData("REVOKED", EnginePhase.Ended)]
    [InlineData("SOMETHING_NEW", EnginePhase.Running)]
    public void Every_state_has_a_phase(string state, EnginePhase phase) => Assert.Equal(phase, SlurmStates.PhaseOf(state));

    [Theory]
    [InlineData("FAILED", 3, 0, FailureReason.ExitCode)]
    [InlineData("FAILED", 0, 9, FailureReason.Signal)]
    [InlineData("FAILED", 127, 0, FailureReason.NotExecutable)]
    [InlineData("FAILED", 0, 0, FailureReason.NodeFailure)]
    [InlineData("TIMEOUT", 0, 15, FailureReason.TimeLimit)]
    [InlineData("OUT_OF_MEMORY", 0, 125, FailureReason.OutOfMemory)]
    [InlineData("PREEMPTED", 0, 15, FailureReason.Preempted)]
    [InlineData("DEADLINE", 0, 0, FailureReason.DeadlineMissed)]
    [InlineData("NODE_FAIL", 0, 0, FailureReason.NodeFailure)]
    [InlineData("CANCELLED", 0, 15, FailureReason.CancelledBySite)]
    public void Every_end_has_a_reason(string state, int code, int signal, FailureReason reason) =>
        Assert.Equal(reason, SlurmStates.EndOf(state, "None", code, signal, ours: false, exit: null).Status.Failure);

    [Fact]
    public async Task Numbers_of_later_versions_are_read_too()
    {
        const string json = """
            {"errors":[],"jobs":[{"job_id":7,"job_state":["RUNNING"],"array_job_id":{"set":true,"infinite":false,"number":0},
            "time_limit":{"set":false,"infinite":true,"number":0},"start_time":{"set":true,"infinite":false,"number":1700000000},"unknown":[{}]}]}
            """;
        var job = Assert.Single(await SlurmJson.JobsAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), default));
        Assert.Equal((7L, "RUNNING", null, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)), (job.Id, job.State, job.Limit, job.Start));
    }

    [Fact]
    public void Accelerators_are_found_in_every_spelling_of_a_node()
    {
        var settings = SlurmSettings.Parse(new Dictionary<string, string> { ["work_folder"] = "/w" });
        var node = new SlurmNode
        {
            Name = "n1", Usable = true, Cpus = 8, MemoryMiB = 1000, Partitions = ["main"],
            Gres = "craynetwork:4,gpu:a100_80gb:4(S:0-1)", UsedGres = "gpu:a100_80gb:3(IDX:0,2-3)",
        };
        var (pool, report) = Assert.Single(SlurmPools.Of(new([], [node], [new("main", true, null)]), settings));
        Assert.Equal(("gpu:a100_80gb", "A100_80GB", 4), (pool.GresType, pool.Pool.Accelerator, pool.Pool.PerNode.Accelerators));
        Assert.Equal(1, Assert.Single(report.Free).Free.Accelerators);
    }

    [Fact]
    public void A_long_queue_is_summed_up_beyond_its_limit()
    {
        var settings = SlurmSettings.Parse(new Dictionary<string, string> { ["work_folder"] = "/w" });
        var array = new SlurmJob { Id = 1, ArrayJob = 1, ArrayTasks = "0-29999", State = "PENDING", Partition = "main" };
        var queue = SlurmPools.Queue(new([array], [], []), [], settings, DateTimeOffset.UnixEpoch);
        Assert.Equal((SlurmPools.MostQueued + 1, 30_000), (queue.Count, queue.Sum(work => work.Nodes)));
    }
}
