using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class OutputTests
{
    private readonly Terminal terminal = new();

    [Fact]
    public async Task Json_on_stdout_is_what_the_api_answered_and_nothing_else()
    {
        var workload = Samples.Workload(PhaseWord.Succeeded, 0);
        terminal.Server.Answer("GET /v1/workloads/w17", workload);
        Assert.Equal(0, await terminal.RunAsync("show", "w17", "--output", "json"));
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(workload, Wire.Json), JsonDocument.Parse(terminal.Out).RootElement), terminal.Out);
        Assert.Equal("", terminal.Err);
    }

    [Fact]
    public async Task Run_with_json_keeps_the_jobs_output_off_stdout()
    {
        terminal.Server.Runs(PhaseWord.Succeeded, 0);
        Assert.Equal(0, await terminal.RunAsync("run", "--output", "json", "--", "true"));
        Assert.Equal("w17", JsonDocument.Parse(terminal.Out).RootElement.GetProperty("id").GetString());
        Assert.Contains("hello", terminal.Err);
    }

    [Fact]
    public async Task A_table_that_nobody_looks_at_has_one_plain_line_a_row()
    {
        var summary = Samples.Workload(PhaseWord.Failed, 3) with { Name = new string('x', 300) + " [red]" };
        terminal.Server.Answer("GET /v1/workloads", new Page<WorkloadSummary>([summary, summary], null));
        Assert.Equal(0, await terminal.RunAsync("list"));
        var lines = terminal.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("ID   NAME", lines[0]);
        Assert.Contains("[red]  failed", lines[1]);
        Assert.DoesNotContain('\e', terminal.Out);
    }

    [Fact]
    public async Task The_end_of_a_job_is_told_once()
    {
        terminal.Server.Runs(PhaseWord.Succeeded, 0);
        terminal.Server.AnswerInTurn("GET /v1/workloads/w17", Samples.Workload(PhaseWord.Running), Samples.Workload(PhaseWord.Succeeded, 0));
        var end = new ChangeView { Version = 9, At = DateTimeOffset.UnixEpoch, Kind = "workload-ended", Workload = "w17", Phase = PhaseWord.Succeeded };
        terminal.Server.AnswerText(
            "GET /v1/workloads/w17/watch", $"event: workload-ended\ndata: {JsonSerializer.Serialize(end, Wire.Json)}\nid: 9\n\n", "text/event-stream");
        Assert.Equal(0, await terminal.RunAsync("run", "--", "true"));
        Assert.Single(terminal.Err.Split('\n'), line => line.StartsWith("w17 succeeded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_retry_is_told_and_a_cancelled_job_needs_no_reason()
    {
        terminal.Server.Runs(PhaseWord.Cancelled, null);
        terminal.Server.AnswerInTurn(
            "GET /v1/workloads/w17", Samples.Workload(PhaseWord.Running), Samples.Workload(PhaseWord.Cancelled) with { Detail = "cancelled" });
        terminal.Server.AnswerText("GET /v1/workloads/w17/watch", string.Concat(Queued(1), Queued(1), Queued(2)), "text/event-stream");
        Assert.Equal(1, await terminal.RunAsync("run", "--", "true"));
        Assert.Equal(["w17 queued: retry 1 of 2", "w17 queued: retry 2 of 2"], terminal.Err.Split('\n').Where(l => l.Contains("retry", StringComparison.Ordinal)));
        Assert.DoesNotContain("\ncancelled\n", terminal.Err);
    }

    private static string Queued(int retry)
    {
        var change = new ChangeView
        {
            Version = retry, At = DateTimeOffset.UnixEpoch, Kind = "task-queued", Workload = "w17", Task = "w17", Phase = PhaseWord.Queued, Detail = $"retry {retry} of 2",
        };
        return $"event: {change.Kind}\ndata: {JsonSerializer.Serialize(change, Wire.Json)}\nid: {change.Version}\n\n";
    }

    [Fact]
    public async Task All_pages_become_one()
    {
        terminal.Server.Answer("GET /v1/workloads", new Page<WorkloadSummary>([Samples.Workload(PhaseWord.Queued)], null));
        Assert.Equal(0, await terminal.RunAsync("list", "--all", "--output", "json"));
        Assert.Equal(1, JsonDocument.Parse(terminal.Out).RootElement.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task One_workload_is_shown_as_facts_and_attempts()
    {
        terminal.Server.Answer("GET /v1/workloads/w17", Samples.Workload(PhaseWord.Succeeded, 0));
        Assert.Equal(0, await terminal.RunAsync("show", "w17"));
        Assert.Contains("id         w17\n", terminal.Out);
        Assert.Contains("\nATTEMPT  SITE", terminal.Out);
    }

    [Fact]
    public async Task Cancelling_several_goes_on_behind_one_that_is_not_there()
    {
        terminal.Server.Answer("POST /v1/workloads/w2/cancel", Samples.Workload(PhaseWord.Running) as WorkloadSummary);
        Assert.Equal(4, await terminal.RunAsync("cancel", "w1", "w2"));
        Assert.Contains(terminal.Server.Asked, a => a.Call == "POST /v1/workloads/w2/cancel");
    }

    [Fact]
    public async Task Warnings_go_to_stderr()
    {
        terminal.Server.Answer("POST /v1/workloads", new SubmittedView("w17", PhaseWord.Queued) { Warnings = ["mind this"] });
        await terminal.RunAsync("submit", "--", "true");
        Assert.Equal("w17\n", terminal.Out);
        Assert.Equal("warning: mind this\n", terminal.Err);
    }
}
