using Yunhe.Figures;

namespace Yunhe.Simulator.Results.Report;

/// <summary>The report as one HTML file that needs nothing else: no script, no network, plots as SVG.</summary>
internal sealed class ReportPage(Simulated simulated, IReadOnlyList<PolicyRuns> policies)
{
    private const int MostGantts = 4;

    private const int MostSites = 200;

    private const int MostMessages = 20;

    private const int MostSteps = 160;

    private readonly Markup page = new();

    /// <summary>Plots show one run of each policy, that of the least seed.</summary>
    private readonly IReadOnlyList<RunResult> shown = [.. policies.Take(LinePlot.MostLines).Select(p => p.Runs[0])];

    public string Write()
    {
        Page.Begin(page, "Yunhe simulation", "en");
        What();
        Table();
        if (shown.Any(r => r.Network.Jobs > 0)) Plots();
        Notes();
        Page.End(page);
        return page.ToString();
    }

    private void What()
    {
        page.Raw("<header><h1>Yunhe simulation</h1><dl>");
        Term("Network", simulated.Network);
        Term("Trace", simulated.Trace);
        Term("Policies", string.Join(" · ", policies.Select(p => p.Policy)));
        Term("Seeds", Seeds());
        Term("Version", simulated.Version);
        if (simulated.CommandLine.Length > 0) page.Raw("<dt>Command</dt><dd><code>").Text(simulated.CommandLine).Raw("</code></dd>");
        page.Raw("</dl></header>\n");
    }

    private string Seeds()
    {
        var seeds = policies.SelectMany(p => p.Runs).Select(r => r.Seed).Distinct().Order().ToList();
        return seeds.Count <= 12 ? string.Join(", ", seeds) : $"{seeds.Count} from {seeds[0]} to {seeds[^1]}";
    }

    private void Term(string term, string text)
    {
        if (text.Length > 0) page.Raw($"<dt>{term}</dt><dd>").Name(text).Raw("</dd>");
    }

    private void Table()
    {
        page.Raw("<section><h2>Policies</h2>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\"></th>");
        foreach (var policy in policies) page.Raw("<th scope=\"col\">").Name(policy.Policy).Raw("</th>");
        page.Raw("</tr></thead>\n<tbody>");
        var group = "";
        foreach (var figure in PolicyTable.Shown(policies))
        {
            page.Raw(figure.Group == group ? "<tr>" : "<tr class=\"first\">").Raw("<th scope=\"row\">").Text(figure.Title).Raw("</th>");
            group = figure.Group;
            foreach (var policy in policies)
                page.Raw(PolicyRuns.IsBest(figure, policy, policies) ? "<td class=\"best\">" : "<td>").Text(Words.Number(policy.Of(figure))).Raw("</td>");
            page.Raw("</tr>\n");
        }
        page.Raw("</tbody></table></div>\n<p class=\"note\">");
        if (policies.Any(p => p.Runs.Count > 1)) page.Text("Mean ± standard deviation over the seeds. ");
        if (policies.Count > 1) page.Text("Bold: the best of a line. ");
        page.Text("Waits and slowdowns are of jobs that began and ended; bounded slowdown is max(1, (wait + run) / max(run, 10 s)). ")
            .Text("Steady: from a tenth of the time of submissions to the last one, so without filling and draining. ")
            .Text("Fairness is Jain's index over mean bounded slowdowns: 1 is even.");
        if (policies.Any(p => p.Runs.Any(r => r.Fragmentation.Count > 0)))
            page.Text(" Fragmentation is the share of what is free (accelerators; processors, where there are none) that a job like those that have come could not use.");
        if (policies.Any(p => p.Runs.Any(r => !r.Summary.IsExact))) page.Text(" There are so many jobs that p50, p95 and p99 are within 0.5 %.");
        page.Raw("</p></section>\n");
    }

    private void Plots()
    {
        page.Raw("<section><h2>Over time</h2>\n");
        if (policies.Any(p => p.Runs.Count > 1)) page.Raw("<p class=\"note\">Plots show the run of each policy with the least seed.</p>");
        if (policies.Count > shown.Count) page.Raw($"<p class=\"note\">The first {shown.Count} of {policies.Count} policies are plotted.</p>");
        OverTime("Accelerators busy", "share (%)", r => r.Network.Accelerators, 100, 100);
        OverTime("Processors busy", "share (%)", r => r.Network.Cpus, 100, 100);
        OverTime("Jobs waiting", "jobs", r => r.Network.Waiting, 1);
        OverTime("Fragmentation", "share of what is free (%)", r => r.Fragmentation, 100);
        page.Raw("</section>\n<section><h2>Distributions</h2>\n");
        Cumulative("Waits", "wait (s, logarithmic; at the left edge: 1 s or less)", r => r.Waits);
        Cumulative("Bounded slowdowns", "bounded slowdown (logarithmic)", r => r.BoundedSlowdowns);
        page.Raw("</section>\n<section><h2>A busy window</h2>\n");
        page.Raw("<p class=\"note\">One row a job: a line while it waits, a bar while it runs, darker the more processors or accelerators it has (four steps, logarithmic). ")
            .Raw("A bar that begins before one above it has overtaken. The window is the first in which half of the jobs that ended had waited, or the nearest to that.</p>\n");
        foreach (var run in shown.Where(r => r.Sample.Jobs.Count > 0).Take(MostGantts))
            GanttPlot.Write(page, $"{run.Policy}: {run.Sample.Jobs.Count} jobs{(run.Sample.Omitted > 0 ? $", {run.Sample.Omitted} more not shown" : "")}", run.Sample);
        page.Raw("</section>\n<section><h2>Sites</h2>\n");
        foreach (var run in shown) SiteTable.Write(page, run, MostSites);
        page.Raw("</section>\n");
    }

    private void OverTime(string title, string unit, Func<RunResult, IReadOnlyList<SeriesPoint>> series, double scale, double atLeast = 0)
    {
        var (from, until) = (shown.Min(r => r.From), shown.Max(r => r.Until));
        var step = (until - from) / MostSteps;
        var lines = shown.Select((run, i) => new PlotLine(run.Policy, i, [.. Steps(series(run), from, step).Select(p => (p.Time, scale * p.Value))])).ToList();
        if (lines.All(l => l.Points.Count == 0)) return;
        // Rounded, since sums of many jobs' shares may come out a trifle above 100 %.
        var largest = Math.Max(atLeast, Math.Round(lines.SelectMany(l => l.Points).Max(p => p.Y), 6));
        LinePlot.Write(page, step < 1 ? title : $"{title}, means over {Words.Time(step)}", Axis.OfTime("time since the trace's zero", from, until), Axis.FromZero(unit, largest), lines);
    }

    /// <summary>Means over equal steps, each with its beginning and its end; fewer than there are buckets, so that lines can be told apart.</summary>
    private static IEnumerable<(double Time, double Value)> Steps(IReadOnlyList<SeriesPoint> points, double from, double step)
    {
        if (points.Count == 0) yield break;
        for (var at = from; at < points[^1].Until - (step / 2); at += step)
        {
            var mean = StepSeries.Area(points, at, at + step) / step;
            yield return (at, mean);
            yield return (at + step, mean);
        }
    }

    private void Cumulative(string title, string label, Func<RunResult, IReadOnlyList<(double Value, double Share)>> curve)
    {
        var lines = shown.Select((run, i) => new PlotLine(run.Policy, i, [.. curve(run).Select(p => (p.Value, 100 * p.Share))])).ToList();
        if (lines.All(l => l.Points.Count == 0)) return;
        var largest = lines.SelectMany(l => l.Points).Max(p => p.X);
        LinePlot.Write(page, title, Axis.OfLogarithm(label, largest), new("jobs with at most this (%)", 0, 100), lines);
    }

    private void Notes()
    {
        page.Raw("<section><h2>Notes</h2>\n<ul>");
        foreach (var note in simulated.Notes) page.Raw("<li>").Text(note).Raw("</li>");
        if (simulated.Skipped is { Count: > 0 } skipped)
        {
            page.Raw($"<li>{Words.Number(skipped.Count)} bad lines of the trace were skipped{(skipped.Count > skipped.First.Count ? $"; the first {skipped.First.Count}" : "")}:<ul>");
            foreach (var line in skipped.First) page.Raw("<li><code>").Text(line.Message).Raw("</code></li>");
            page.Raw("</ul></li>");
        }
        else page.Raw("<li>No line of the trace was skipped.</li>");
        foreach (var policy in policies)
        {
            var reasons = policy.Runs.SelectMany(r => r.Reasons).GroupBy(r => r.Why, StringComparer.Ordinal).Select(g => (Why: g.Key, Jobs: g.Sum(r => r.Jobs))).OrderByDescending(r => r.Jobs).ThenBy(r => r.Why, StringComparer.Ordinal).ToList();
            if (reasons.Count == 0) continue;
            page.Raw("<li>").Name(policy.Policy).Raw(": why jobs were rejected or failed<ul>");
            foreach (var (why, jobs) in reasons.Take(MostMessages)) page.Raw($"<li>{Words.Number(jobs)} × ").Text(why).Raw("</li>");
            page.Raw("</ul></li>");
        }
        page.Raw("</ul></section>\n");
    }
}
