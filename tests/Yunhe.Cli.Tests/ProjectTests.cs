using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class ProjectTests
{
    private readonly Terminal terminal = new();

    private static ProjectView View(ProjectRequest project) => new()
    {
        Project = project,
        Held = new() { Cpus = 24, Accelerators = new Dictionary<string, decimal> { ["A100"] = 10 } },
        Borrowed = new() { Accelerators = new Dictionary<string, decimal> { ["A100"] = 2 } },
        ShareNow = 0.25, ShareBefore = 0.125, Standing = 0.1875, Workloads = 3, Warnings = ["quota: 8 A100, but the network has 4"],
    };

    private ProjectRequest Sent(string call) => JsonSerializer.Deserialize<ProjectRequest>(terminal.Server.Asked.Single(a => a.Call == call).Body, Wire.Json)!;

    [Fact]
    public async Task A_new_project_is_what_its_flags_say()
    {
        terminal.Server.Answer("PUT /v1/projects/acme/ai", View(new() { Name = "acme/ai" }));
        Assert.Equal(0, await terminal.RunAsync(
            "project", "set", "acme/ai", "--weight", "2.5", "--quota", "cpus=64,memory=256,A100=8,*=16", "--limit", "A100=16", "--reclaim", "not_higher", "--preempt-by-priority", "true"));
        var sent = Sent("PUT /v1/projects/acme/ai");
        Assert.Equal((2.5, 64L, 256L * 1024, 8m, 16m, true), (sent.Weight, sent.Quota!.Cpus, sent.Quota.MemoryMib, sent.Quota.Accelerators["A100"], sent.Quota.Accelerators["*"], sent.PreemptByPriority));
        Assert.Equal(16, sent.Limit!.Accelerators["A100"]);
        Assert.Contains("but the network has 4", terminal.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_keeps_what_it_does_not_name_and_none_takes_away()
    {
        var before = new ProjectRequest { Name = "ai", Weight = 3, Quota = new() { Cpus = 8 }, Limit = new() { Cpus = 16 }, Reclaim = ReclaimWord.Any };
        terminal.Server.Answer("GET /v1/projects/ai", View(before));
        terminal.Server.Answer("PUT /v1/projects/ai", View(before));
        Assert.Equal(0, await terminal.RunAsync("project", "set", "ai", "--limit", "none"));
        var sent = Sent("PUT /v1/projects/ai");
        Assert.Equal((3.0, 8L, ReclaimWord.Any), (sent.Weight, sent.Quota!.Cpus, sent.Reclaim));
        Assert.Null(sent.Limit);
    }

    [Fact]
    public async Task One_that_is_shown_tells_quota_loan_share_and_what_waits()
    {
        terminal.Server.Answer("GET /v1/projects/ai", View(new() { Name = "ai", Quota = new() { Accelerators = new Dictionary<string, decimal> { ["A100"] = 8 } } }));
        terminal.Server.Answer("GET /v1/workloads", new Page<WorkloadSummary>([Samples.Workload(PhaseWord.Queued) with { Detail = "limit of project ai" }], null));
        Assert.Equal(0, await terminal.RunAsync("project", "show", "ai"));
        foreach (var part in (string[])["A100=8", "A100=2", "cpus=24,A100=10", "25.0 %", "12.5 %", "w17", "limit of project ai"]) Assert.Contains(part, terminal.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpus")]
    [InlineData("cpus=many")]
    [InlineData("memory=-1")]
    [InlineData("=3")]
    public async Task A_quota_that_can_not_be_read_is_told(string quota)
    {
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("project", "set", "ai", "--quota", quota));
        Assert.Contains("--quota: ", terminal.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_is_handed_in_for_a_project()
    {
        terminal.Server.Runs(PhaseWord.Succeeded, 0);
        Assert.Equal(0, await terminal.RunAsync("submit", "--project", "acme/ai", "--preemptible", "false", "--", "true"));
        Assert.Equal(("acme/ai", false), (terminal.Server.Submitted().Project, terminal.Server.Submitted().Preemptible));
    }

    [Fact]
    public async Task The_half_life_is_told_and_set()
    {
        terminal.Server.Answer("PUT /v1/sharing", new SharingView { HalfLifeSeconds = 3 * 86400 });
        Assert.Equal(0, await terminal.RunAsync("project", "sharing", "--half-life", "3d"));
        Assert.Contains("3d", terminal.Out, StringComparison.Ordinal);
        Assert.Contains("259200", terminal.Server.Asked.Single(a => a.Call == "PUT /v1/sharing").Body, StringComparison.Ordinal);
    }
}
