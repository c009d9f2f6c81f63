using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Yunhe.Core.Units;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Results.Report;
using Yunhe.Simulator.Traces;
using Yunhe.Simulator.Traces.Generator;

namespace Yunhe.Simulation.Tests.Results;

public sealed class ReportTests : IDisposable
{
    private const string Hostile = "</style><script>alert('1')</script><img src=x onerror=\"x\">&amp;\u0001\u202E|`**\uD800";

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>Jobs start in order, each when one of so many machines is free; so there are waits.</summary>
    internal static RunResult Run(string policy, ulong seed, int machines = 12, int jobs = 1500, string site = "贵安", string? project = null)
    {
        var metrics = new RunMetrics([new(site, 64_000L * machines / 2, 8000L * machines / 2), new("中卫", 64_000L * machines / 2, 8000L * machines / 2)]);
        var model = new WorkloadModel
        {
            JobsPerHour = 10,
            Burstiness = 4,
            Users = 9,
            Projects = 3,
            Classes = [new(0.7, 7.5, 1) { CpuMilli = 8000, Accelerators = 1 }, new(0.3, 8.5, 0.7) { CpuMilli = 64_000, Accelerators = 8 }],
        };
        var free = new PriorityQueue<int, double>(Enumerable.Range(0, machines).Select(i => (i, 0.0)));
        var outcomes = new List<JobOutcome>();
        foreach (var job in SyntheticTrace.Jobs(model, seed, TimeSpan.FromDays(90)).Take(jobs))
        {
            free.TryDequeue(out var machine, out var at);
            var start = Math.Max(at, job.Submit);
            free.Enqueue(machine, start + job.RunTime);
            outcomes.Add(new(job with { Project = project ?? job.Project }, JobEnd.Completed)
            {
                Start = start, Finish = start + job.RunTime, Site = machine % 2 == 0 ? site : "中卫", ForecastP50 = 60, ForecastP90 = 7200,
                Cost = Money.FromDecimal(job.RunTime / 3600m * 10 * job.Accelerators), Energy = Energy.Of(700 * job.Accelerators, TimeSpan.FromSeconds(job.RunTime)),
                Carbon = Carbon.Of(Energy.Of(700 * job.Accelerators, TimeSpan.FromSeconds(job.RunTime)), 500),
            });
        }
        foreach (var outcome in outcomes.OrderBy(o => o.Finish)) metrics.Add(outcome);
        metrics.Add(new(new TraceJob(99, 5) { Accelerators = 64 }, JobEnd.Rejected) { Why = "no node has 64 accelerators" });
        metrics.Fragmentation(0, 0.05);
        metrics.Fragmentation(40_000, 0.12);
        return metrics.Result(policy, seed);
    }

    private string Page(Simulated simulated, params RunResult[] runs)
    {
        SimulationReport.Write(scratch.PathOf("out"), simulated, runs);
        return File.ReadAllText(scratch.PathOf("out/report.html"));
    }

    [Fact]
    public void The_page_is_well_formed_and_refers_to_nothing_outside()
    {
        var page = Page(new() { Network = "three cities", Trace = "t.jsonl", Version = "0.1", CommandLine = "yunhe simulate", Notes = ["a note"] }, Run("fifo", 1), Run("fifo", 2), Run("other", 1, machines: 16));
        XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.DoesNotMatch(new Regex(@"https?:|\bsrc\s*=|\bhref\s*=|url\(|@import|<script|<link|<iframe|<object", RegexOptions.IgnoreCase), page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
        foreach (var words in new[] { "贵安", "中卫", "Accelerators busy", "Jobs waiting", "Fragmentation", "bounded slowdown (logarithmic)", "time since the trace&#39;s zero (days)", "no node has 64 accelerators", "fifo: " })
            Assert.Contains(words, page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_are_shown_as_text()
    {
        var skipped = new BadLines(skip: true);
        skipped.Add(new TraceException("t", 1, "submit", "a number", Hostile));
        var run = Run(Hostile, 1, site: Hostile, project: Hostile);
        var page = Page(new() { Network = Hostile, Trace = Hostile, CommandLine = Hostile, Version = Hostile, Notes = [Hostile], Skipped = skipped }, run with { Reasons = [(Hostile, 3)] });
        var parsed = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.DoesNotContain(parsed.Descendants(), e => e.Name.LocalName is "script" or "img");
        Assert.DoesNotContain(parsed.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;", page, StringComparison.Ordinal);
        var markdown = File.ReadAllText(scratch.PathOf("out/summary.md"));
        Assert.All(markdown.TrimEnd().Split('\n'), line => Assert.Equal(3, Regex.Count(line, @"(?<!\\)\|")));
        Assert.Equal(1, JsonDocument.Parse(File.ReadAllText(scratch.PathOf("out/summary.json"))).RootElement.GetProperty("skipped_lines").GetInt32());
    }

    [Fact]
    public void The_tables_give_mean_and_standard_deviation_over_the_seeds()
    {
        RunResult[] runs = [Run("fifo", 1), Run("fifo", 2), Run("fifo", 3), Run("wide", 1, machines: 30)];
        Page(new(), runs);
        var values = runs.Take(3).Select(r => r.Summary.Wait.Mean).ToArray();
        var mean = values.Average();
        var sd = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 2);
        var policies = JsonDocument.Parse(File.ReadAllText(scratch.PathOf("out/summary.json"))).RootElement.GetProperty("policies");
        Assert.Equal((mean, sd), (policies[0].GetProperty("mean").GetProperty("wait_mean").GetDouble(), policies[0].GetProperty("sd").GetProperty("wait_mean").GetDouble()));
        Assert.Equal(JsonValueKind.Null, policies[1].GetProperty("sd").GetProperty("wait_mean").ValueKind);
        var csv = File.ReadLines(scratch.PathOf("out/summary.csv")).Select(l => l.Split(',')).ToList();
        Assert.Equal(["fifo", "3", mean.ToString(CultureInfo.InvariantCulture), sd.ToString(CultureInfo.InvariantCulture)], csv[1].Take(4));
        Assert.Equal(["policy", "seeds", "wait_mean", "wait_mean_sd"], csv[0].Take(4));
        Assert.Contains($"| Wait, mean (s) | {Words.Number(new MeanAndSd(mean, sd))} | **{Words.Number(runs[3].Summary.Wait.Mean)}** |", File.ReadAllText(scratch.PathOf("out/summary.md")), StringComparison.Ordinal);
        Assert.Equal(1 + (4 * 2), File.ReadLines(scratch.PathOf("out/sites.csv")).Count());
    }

    [Fact]
    public void A_run_in_which_nothing_happened_still_has_a_report_without_empty_plots()
    {
        var page = Page(new(), new RunMetrics([]).Result("idle", 1));
        XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Over time", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_prices_has_no_columns_of_cost_and_a_full_one_no_more_than_100_percent()
    {
        var metrics = new RunMetrics([new("machine", 3000, 0)]);
        // Three thirds that begin at odd times, so that their sum is not quite 1.
        for (var i = 0; i < 300; i++)
            metrics.Add(new(new TraceJob(i, 0) { CpuMilli = 1000 }, JobEnd.Completed) { Start = 0.1 + (i / 3 * 33.3), Finish = 33.4 + (i / 3 * 33.3), Site = "machine" });
        var page = Page(new(), metrics.Result("easy", 1));
        Assert.DoesNotContain("Cost", page, StringComparison.Ordinal);
        Assert.DoesNotContain(">120<", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(12_345_678, "12,345,678")]
    [InlineData(12_345.678, "12,346")]
    [InlineData(92.58, "92.58")]
    [InlineData(0.0421, "0.0421")]
    [InlineData(double.NaN, "–")]
    [InlineData(-3.25, "-3.25")]
    public void Numbers_are_written_as_people_read_them(double value, string text) => Assert.Equal(text, Words.Number(value));
}
