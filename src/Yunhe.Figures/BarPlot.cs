namespace Yunhe.Figures;

/// <summary>A bar of parts, one after another from the left. <c>Faint</c>: drawn lighter, as what is less sure.</summary>
public sealed record PlotBar(string Name, IReadOnlyList<double> Parts, bool Faint);

/// <summary>Bars from left to right, one a line, each with its name before it and its value behind it.</summary>
public static class BarPlot
{
    private const int Width = 760;
    private const int Left = 190;
    private const int Right = 96;
    private const int Row = 26;
    private const int Top = 6;

    /// <param name="page">Written to.</param>
    /// <param name="title">Above the plot.</param>
    /// <param name="unit">Behind each value.</param>
    /// <param name="parts">Names of the parts, at most four, for the legend.</param>
    /// <param name="bars">In the order in which they are drawn.</param>
    public static void Write(Markup page, string title, string unit, IReadOnlyList<string> parts, IReadOnlyList<PlotBar> bars)
    {
        if (bars.Count == 0) return;
        var (height, largest) = (Top + (bars.Count * Row) + 4, Math.Max(double.Epsilon, bars.Max(b => b.Parts.Sum())));
        var used = Enumerable.Range(0, parts.Count).Where(i => bars.Any(b => b.Parts[i] > 0)).ToList();
        page.Raw("<figure><figcaption>").Text(title).Raw("</figcaption>");
        page.Raw($"<svg class=\"plot bars\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{Markup.Escape(title)}\">");
        for (var i = 0; i < bars.Count; i++)
        {
            var (bar, top) = (bars[i], Top + (i * Row));
            page.Raw($"<text class=\"label\" x=\"{Left - 8}\" y=\"{top + 15}\" text-anchor=\"end\">").Text(bar.Name).Raw("</text>");
            double at = Left;
            foreach (var part in used)
            {
                var width = bar.Parts[part] / largest * (Width - Left - Right);
                if (width <= 0) continue;
                page.Raw($"<rect class=\"b{part}{(bar.Faint ? " faint" : "")}\" x=\"{at:0.#}\" y=\"{top + 2}\" width=\"{Math.Max(1, width):0.#}\" height=\"{Row - 8}\"><title>{Markup.Escape(FormattableString.Invariant($"{bar.Name}, {parts[part]}: {bar.Parts[part]:0.###} {unit}"))}</title></rect>");
                at += Math.Max(1, width);
            }
            page.Raw($"<text x=\"{at + 6:0.#}\" y=\"{top + 15}\">").Text(FormattableString.Invariant($"{bar.Parts.Sum():0.##} {unit}")).Raw("</text>");
        }
        page.Raw("</svg>");
        if (used.Count > 1)
        {
            page.Raw("<ul class=\"legend\">");
            foreach (var part in used) page.Raw($"<li><svg viewBox=\"0 0 14 14\" width=\"14\" height=\"14\" aria-hidden=\"true\"><rect class=\"b{part}\" width=\"14\" height=\"14\"/></svg> ").Text(parts[part]).Raw("</li>");
            page.Raw("</ul>");
        }
        page.Raw("</figure>\n");
    }
}
