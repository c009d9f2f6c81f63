using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class PlanSitesTests : IDisposable
{
    private readonly Terminal terminal = new();
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-siting-").FullName;

    private const string Request = """
        start_year: 2026
        years: 2
        demand:
          - {place: hangzhou, kind: training, data_type: bf16, pflops: 100, growth: 0.5}
          - {place: hangzhou, kind: inference, data_type: int8, pflops: 20, latency_ms: 25}
        candidates:
          - {place: guian-cluster, name: guian, power_cny_per_kwh: 0.38, max_mw: 20, build_years: 0}
          - {place: wuhu-cluster, name: wuhu, power_cny_per_kwh: 0.6, max_mw: 20, build_years: 0}
        accelerators:
          - {model: Ascend910B2, price_cny: 115000, block_devices: 64}
        targets:
          - {measure: west_share, year: 2027, least: 0.5}
        """;

    [Fact]
    public async Task A_plan_is_shown_with_what_it_is_held_against_and_rests_on()
    {
        Assert.True(await terminal.RunAsync("plan", "sites", File("plan.yaml", Request)) == 0, terminal.Err);
        Assert.Contains("proven", terminal.Out, StringComparison.Ordinal);
        foreach (var part in (string[])["guian", "Ascend910B2", "today, nothing new", "nearest", "share of the West", "derived from distance", "MULTIPLIER TO BREAK EVEN"])
            Assert.Contains(part, terminal.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_is_tried_and_its_network_and_trace_can_be_simulated_again()
    {
        var (network, trace) = (Path.Combine(folder, "network.yaml"), Path.Combine(folder, "trace.jsonl"));
        Assert.True(await terminal.RunAsync(
            "plan", "sites", File("plan.yaml", Request), "--trial", "--trial-devices", "200", "--trial-days", "14", "--network-out", network, "--trace-out", trace, "--output", "json") == 0, terminal.Err);
        var trial = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("trial");
        Assert.Equal(0, trial.GetProperty("not_done").GetInt64());
        Assert.True(trial.GetProperty("jobs").GetInt64() > 100);
        // What the plan says of busy devices and of their power is what the controller does, but for chance and a short time.
        foreach (var row in trial.GetProperty("rows").EnumerateArray().Where(r => r.GetProperty("what").GetString() is "busy devices, all" or "energy of busy devices"))
            Assert.InRange(row.GetProperty("trial").GetDouble() / row.GetProperty("plan").GetDouble(), 0.9, 1.1);
        Assert.Equal(14 / 365.0, trial.GetProperty("share_of_year").GetDouble(), 6);
        Assert.NotEqual(0, trial.GetProperty("because").GetArrayLength());

        var again = new Terminal();
        Assert.True(await again.RunAsync("simulate", "--network", network, "--trace", trace, "--policy", "balanced", "--output", "json") == 0, again.Err);
        Assert.Equal(trial.GetProperty("jobs").GetInt64(), JsonDocument.Parse(again.Out).RootElement.GetProperty("policies")[0].GetProperty("jobs").GetInt64());
    }

    [Fact]
    public async Task What_excludes_each_other_is_named_and_refused()
    {
        Assert.Equal(ExitCodes.Refused, await terminal.RunAsync("plan", "sites", File("plan.yaml", Request + "\nbudgets: {total_cny: 0}\n")));
        Assert.Contains("budgets.total_cny", terminal.Out, StringComparison.Ordinal);
        Assert.Contains("demand[", terminal.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pue: 0.5, max_mw", "candidates[0].pue")]
    [InlineData("pue: .nan, max_mw", "candidates[0].pue")]
    [InlineData("max_mw: 1, max_mw", "plan.yaml:")]
    [InlineData("colour: red, max_mw", "colour")]
    [InlineData("existing: , max_mw", "candidates[0]")]
    public async Task What_is_wrong_is_told_by_its_field(string change, string told)
    {
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("plan", "sites", File("plan.yaml", Request.Replace("max_mw", change, StringComparison.Ordinal))));
        Assert.Contains(told, terminal.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metered_demand_takes_the_place_of_the_file_s()
    {
        terminal.Server.Answer("GET /v1/usage", new UsageView("site", [new("hz", 10, 1000, 720 * 100, 0, 0, 0), new("gone", 1, 1, 1, 0, 0, 0)], new("total", 11, 1001, 72001, 0, 0, 0)));
        terminal.Server.Answer("GET /v1/sites", new[]
        {
            new SiteView
            {
                Site = new() { Name = "hz", Engine = "local", City = "Hangzhou" }, Status = "up",
                Pools = [new() { Name = "npu", Nodes = 16, Cpus = 64, MemoryMib = 1024, Accelerator = "Ascend910B2", Accelerators = 8 }],
            },
        });
        var file = File("plan.yaml", Request.Replace("accelerators:", "accelerators:\n  - {name: cpu, kind: general, tflops: {fp32: 10}, watts: 800, price_cny: 60000, block_devices: 8}", StringComparison.Ordinal));
        Assert.True(await terminal.RunAsync("plan", "sites", file, "--from-metering", "--growth", "0.2", "--output", "json") == 0, terminal.Err);
        Assert.Contains("gone", terminal.Err, StringComparison.Ordinal);
        var year = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("plan").GetProperty("years")[0];
        // 100 devices busy of 353.9 TFLOPS, 40 % of it delivered; and the cores, a little.
        Assert.InRange(year.GetProperty("demand_pflops").GetDouble(), 100 * 0.3539 * 0.4, 1.01 * 100 * 0.3539 * 0.4);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
