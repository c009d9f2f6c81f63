using Yunhe.Figures;

namespace Yunhe.Planning.Census.Report;

/// <summary>A report as one HTML file that needs nothing else.</summary>
public static class PageReport
{
    public static string Write(ReportDocument report)
    {
        var page = new Markup();
        Page.Begin(page, report.Title, report.Language);
        page.Raw("<header><h1>").Text(report.Title).Raw("</h1><dl>");
        foreach (var (term, text) in report.Facts) page.Raw("<dt>").Text(term).Raw("</dt><dd>").Text(text).Raw("</dd>");
        page.Raw("</dl></header>\n");
        foreach (var section in report.Sections)
        {
            page.Raw("<section><h2>").Text(section.Title).Raw("</h2>\n");
            foreach (var block in section.Blocks) Append(page, block);
            page.Raw("</section>\n");
        }
        Page.End(page);
        return page.ToString();
    }

    private static void Append(Markup page, ReportBlock block)
    {
        switch (block)
        {
            case Paragraph p: page.Raw("<p>").Text(p.Text).Raw("</p>\n"); break;
            case Note n: page.Raw("<p class=\"note\">").Text(n.Text).Raw("</p>\n"); break;
            case Bullets b:
                page.Raw("<ul>");
                foreach (var item in b.Items) page.Raw("<li>").Text(item).Raw("</li>\n");
                page.Raw("</ul>\n");
                break;
            case ReportTable t: Append(page, t); break;
            case BarChart c: BarPlot.Write(page, c.Title, c.Unit, [c.BuiltName, c.ComingName], [.. c.Bars.Select(b => new PlotBar(b.Name, [b.Built, b.Coming], b.Assumed))]); break;
            case TimeChart c: Append(page, c); break;
        }
    }

    private static void Append(Markup page, ReportTable table)
    {
        page.Raw("<div class=\"wide\"><table class=\"figures\"><thead><tr>");
        var words = table.Headings.Select((_, i) => i > 0 && table.IsOfWords(i)).ToList();
        for (var c = 0; c < words.Count; c++) page.Raw(words[c] ? "<th scope=\"col\" class=\"words\">" : "<th scope=\"col\">").Text(table.Headings[c]).Raw("</th>");
        page.Raw("</tr></thead>\n<tbody>");
        for (var i = 0; i < table.Rows.Count; i++)
        {
            page.Raw(table.HasTotal && i == table.Rows.Count - 1 ? "<tr class=\"first total\">" : "<tr>");
            for (var c = 0; c < table.Rows[i].Count; c++)
                page.Raw(c == 0 ? "<th scope=\"row\">" : words[c] ? "<td class=\"words\">" : "<td>").Text(table.Rows[i][c]).Raw(c == 0 ? "</th>" : "</td>");
            page.Raw("</tr>\n");
        }
        page.Raw("</tbody></table></div>\n");
    }

    private static void Append(Markup page, TimeChart chart)
    {
        var points = chart.Lines.SelectMany(l => l.Points).ToList();
        if (points.Count == 0) return;
        var (from, until) = (Math.Floor(points.Min(p => p.Year)), Math.Ceiling(points.Max(p => p.Year)));
        var lines = chart.Lines.Select((l, i) => new PlotLine(l.Name, i, l.Points)).ToList();
        if (chart.Level is { } level) lines.Add(new(chart.LevelName, lines.Count, [(from, level), (until, level)]));
        LinePlot.Write(page, chart.Title, Axis.OfYears(from, until), Axis.FromZero(chart.YLabel, Math.Max(chart.Level ?? 0, points.Max(p => p.Value))), lines);
    }
}
