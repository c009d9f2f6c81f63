namespace Yunhe.Figures;

/// <summary>A line of a plot, told apart by colour and by dashes; <c>Colour</c> is its number in the style sheet.</summary>
public sealed record PlotLine(string Name, int Colour, IReadOnlyList<(double X, double Y)> Points);

public static class LinePlot
{
    public const int MostLines = 8;

    private const int Width = 760;
    private const int Height = 280;
    private const int Left = 62;
    private const int Right = 14;
    private const int Top = 12;
    private const int Bottom = 46;

    public static void Write(Markup page, string title, Axis x, Axis y, IReadOnlyList<PlotLine> lines)
    {
        page.Raw($"<figure><figcaption>").Text(title).Raw("</figcaption>");
        page.Raw($"<svg class=\"plot\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Markup.Escape(title)}\">");
        Frame(page, x, y, Width, Height);
        foreach (var line in lines.Where(l => l.Points.Count > 0))
            page.Raw($"<path class=\"line c{line.Colour}\" d=\"{Path(line.Points, x, y)}\"><title>{Markup.Escape(line.Name)}</title></path>");
        page.Raw("</svg>");
        if (lines.Count > 1) Legend(page, lines);
        page.Raw("</figure>\n");
    }

    public static void Legend(Markup page, IReadOnlyList<PlotLine> lines)
    {
        page.Raw("<ul class=\"legend\">");
        foreach (var line in lines)
            page.Raw($"<li><svg viewBox=\"0 0 28 8\" width=\"28\" height=\"8\" aria-hidden=\"true\"><path class=\"line c{line.Colour}\" d=\"M0 4H28\"/></svg> ").Name(line.Name).Raw("</li>");
        page.Raw("</ul>");
    }

    /// <summary>Grid, ticks and labels of a plot of this size.</summary>
    public static void Frame(Markup page, Axis x, Axis y, int width, int height)
    {
        foreach (var (value, text) in y.Ticks())
        {
            var at = Y(y.At(value), height);
            page.Raw($"<path class=\"grid\" d=\"M{Left} {at:0.#}H{width - Right}\"/><text x=\"{Left - 7}\" y=\"{at + 4:0.#}\" text-anchor=\"end\">{text}</text>");
        }
        foreach (var (value, text) in x.Ticks())
        {
            var at = X(x.At(value), width);
            page.Raw($"<path class=\"tick\" d=\"M{at:0.#} {height - Bottom}v5\"/><text x=\"{at:0.#}\" y=\"{height - Bottom + 18}\" text-anchor=\"middle\">{text}</text>");
        }
        page.Raw($"<path class=\"axis\" d=\"M{Left} {Top}V{height - Bottom}H{width - Right}\"/>");
        page.Raw($"<text class=\"label\" x=\"{(Left + width - Right) / 2}\" y=\"{height - 6}\" text-anchor=\"middle\">").Text(x.Label).Raw("</text>");
        var middle = (Top + height - Bottom) / 2;
        page.Raw($"<text class=\"label\" x=\"14\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {middle})\">").Text(y.Label).Raw("</text>");
    }

    public static double X(double share, int width) => Left + (share * (width - Left - Right));

    public static double Y(double share, int height) => height - Bottom - (share * (height - Top - Bottom));

    private static string Path(IReadOnlyList<(double X, double Y)> points, Axis x, Axis y) =>
        "M" + string.Join('L', points.Select(p => FormattableString.Invariant($"{X(x.At(p.X), Width):0.#} {Y(y.At(p.Y), Height):0.#}")).Distinct());
}
