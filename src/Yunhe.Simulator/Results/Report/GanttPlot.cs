using Yunhe.Figures;

namespace Yunhe.Simulator.Results.Report;

/// <summary>
/// One row a job, in order of submission: a thin line while it waits, a bar while it runs, darker the more it takes. A bar that begins before one
/// above it is a job that overtook.
/// </summary>
internal static class GanttPlot
{
    private const int Width = 760;
    private const int Margins = 58;
    private const int Shades = 4;

    public static void Write(Markup page, string title, JobSample sample)
    {
        var jobs = sample.Jobs.OrderBy(j => j.Job.Submit).ThenBy(j => j.Job.Number).ToList();
        var row = jobs.Count > 200 ? 3 : jobs.Count > 80 ? 5 : 9;
        var height = Math.Max(140, Margins + (jobs.Count * row));
        var x = Axis.OfTime("time since the trace's zero", sample.From, sample.Until);
        page.Raw("<figure><figcaption>").Text(title).Raw("</figcaption>");
        page.Raw($"<svg class=\"plot gantt\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{Markup.Escape(title)}\">");
        LinePlot.Frame(page, x, Axis.Unticked("jobs in order of submission ↓"), Width, height);
        var shadeOf = ShadesBySize(jobs);
        for (var i = 0; i < jobs.Count; i++)
        {
            var job = jobs[i];
            var (top, middle) = (LinePlot.Y(1 - ((double)i / jobs.Count), height), LinePlot.Y(1 - ((i + 0.5) / jobs.Count), height));
            var (submit, start, finish) = (At(x, job.Job.Submit), At(x, job.Start), At(x, job.Finish));
            page.Raw($"<g><title>{Markup.Escape(Tip(job))}</title>");
            if (start > submit) page.Raw($"<path class=\"wait\" d=\"M{submit:0.#} {middle:0.#}H{start:0.#}\"/>");
            page.Raw($"<rect class=\"s{shadeOf(job)}\" x=\"{start:0.#}\" y=\"{top:0.#}\" width=\"{Math.Max(1, finish - start):0.#}\" height=\"{row - 0.6:0.#}\"/></g>");
        }
        page.Raw("</svg></figure>\n");
    }

    private static double At(Axis x, double time) => LinePlot.X(x.At(time), Width);

    private static double Size(JobOutcome outcome) =>
        outcome.Job.Nodes * (double)(outcome.Job.Accelerators > 0 ? (long)outcome.Job.Accelerators * outcome.Job.AcceleratorMilli : outcome.Job.CpuMilli);

    /// <summary>By quarters of the range of sizes on a logarithmic scale: 0 is the lightest.</summary>
    private static Func<JobOutcome, int> ShadesBySize(List<JobOutcome> jobs)
    {
        var least = jobs.Min(j => Math.Max(1, Size(j)));
        var range = Math.Log(Math.Max(2, jobs.Max(Size) / least));
        return job => Math.Clamp((int)(Shades * Math.Log(Math.Max(1, Size(job) / least)) / range), 0, Shades - 1);
    }

    private static string Tip(JobOutcome outcome)
    {
        var job = outcome.Job;
        var what = job.Accelerators > 0 ? $"{job.Nodes} × {job.Accelerators * job.AcceleratorMilli / 1000.0:0.###} accelerators" : $"{job.Nodes * job.CpuMilli / 1000.0:0.###} processors";
        return $"job {job.Number}{(job.User is null ? "" : $" of {job.User}")} at {outcome.Site}: {what}, waited {Words.Time(outcome.Start - job.Submit)}, ran {Words.Time(outcome.Finish - outcome.Start)}";
    }
}
