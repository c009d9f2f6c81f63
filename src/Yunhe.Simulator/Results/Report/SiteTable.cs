using Yunhe.Core.Units;
using Yunhe.Figures;

namespace Yunhe.Simulator.Results.Report;

/// <summary>The sites of one run, those with most jobs first, each with its utilisation over time.</summary>
internal static class SiteTable
{
    private const int Width = 140;
    private const int Height = 22;
    private const int MostPoints = 70;

    public static void Write(Markup page, RunResult run, int most)
    {
        var sites = run.Sites.OrderByDescending(s => s.Jobs).ThenBy(s => s.Name, StringComparer.Ordinal).Take(most).ToList();
        var (hasCpus, hasAccelerators) = (sites.Any(s => s.Size.CpuMilli > 0), sites.Any(s => s.Size.AcceleratorMilli > 0));
        var hasCosts = run.Network.Cost > Money.Zero || run.Network.Energy.KWh > 0;
        page.Raw("<h3>").Name(run.Policy).Raw("</h3>\n<div class=\"wide\"><table class=\"sites\"><thead><tr><th scope=\"col\">Site</th><th scope=\"col\">Jobs</th><th scope=\"col\">Mean wait</th>");
        if (hasAccelerators) page.Raw("<th scope=\"col\">Accelerators busy</th>");
        if (hasCpus) page.Raw("<th scope=\"col\">Processors busy</th>");
        page.Raw($"<th scope=\"col\" class=\"spark\">{(hasAccelerators ? "Accelerators" : "Processors")} busy over time, 0 to 100 %</th>");
        if (hasCosts) page.Raw("<th scope=\"col\">Cost (¥)</th><th scope=\"col\">kWh</th><th scope=\"col\">CO2 (kg)</th>");
        page.Raw("</tr></thead>\n<tbody>");
        foreach (var site in sites)
        {
            page.Raw("<tr><th scope=\"row\">").Name(site.Name).Raw($"</th><td>{Words.Number(site.Jobs)}</td><td>{Words.Time(site.MeanWait)}</td>");
            if (hasAccelerators) page.Raw($"<td>{Words.Percent(site.AcceleratorUtilisation)}</td>");
            if (hasCpus) page.Raw($"<td>{Words.Percent(site.CpuUtilisation)}</td>");
            page.Raw("<td class=\"spark\">");
            Sparkline(page, hasAccelerators ? site.Accelerators : site.Cpus, run.From, run.Until);
            page.Raw("</td>");
            if (hasCosts) page.Raw($"<td>{Words.Number((double)site.Cost.ToDecimal())}</td><td>{Words.Number(site.Energy.KWh)}</td><td>{Words.Number(site.Carbon.Grams / 1000)}</td>");
            page.Raw("</tr>\n");
        }
        page.Raw("</tbody></table></div>\n");
        if (run.Sites.Count > sites.Count) page.Raw($"<p class=\"note\">{sites.Count} of {Words.Number(run.Sites.Count)} sites; all are in sites.csv.</p>\n");
    }

    private static void Sparkline(Markup page, IReadOnlyList<SeriesPoint> points, double from, double until)
    {
        if (points.Count == 0) return;
        page.Raw($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" aria-hidden=\"true\"><path class=\"area\" d=\"M0 {Height}");
        var step = (until - from) / MostPoints;
        for (var i = 0; i < MostPoints; i++)
        {
            var mean = Math.Clamp(StepSeries.Area(points, from + (i * step), from + ((i + 1) * step)) / step, 0, 1);
            page.Raw($"L{i * Width / (double)MostPoints:0.#} {Height * (1 - mean):0.#}H{(i + 1) * Width / (double)MostPoints:0.#}");
        }
        page.Raw($"V{Height}Z\"/><path class=\"axis\" d=\"M0 {Height}H{Width}\"/></svg>");
    }
}
