using System.Globalization;
using System.Text;

namespace Yunhe.Bench.Planning;

/// <summary>Predicted over measured tokens per second and device, both logarithmic, with a band of 10 %.</summary>
internal static class PlannerPlot
{
    private const int Size = 640;
    private const int Margin = 60;
    private const double Least = 10;
    private const double Most = 200_000;

    public static string Svg(Scores scores)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Size} {Size}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Size}\" height=\"{Size}\" fill=\"#fff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{At(Least, Least * 1.1)} {At(Most / 1.1, Most)} {At(Most, Most)} {At(Most, Most / 1.1)} {At(Least * 1.1, Least)} {At(Least, Least)}\" fill=\"#e6eef7\"/>\n");
        for (var tick = Least; tick <= Most; tick *= 10)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(tick):F1}\" y=\"{Size - Margin + 18}\" text-anchor=\"middle\">{tick:N0}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{tick:N0}</text>\n");
        }
        foreach (var score in scores.Steps)
        {
            var tokens = (double)score.Run.Job.GlobalBatch * score.Run.Job.SequenceLength / score.Run.Cluster.Devices;
            double x = Math.Clamp(tokens / score.Measured, Least, Most), y = Math.Clamp(tokens / score.Predicted, Least, Most);
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(x):F1}\" cy=\"{Y(y):F1}\" r=\"3\" fill=\"{(score.IsMoe ? "#c2571a" : "#1f5f99")}\" fill-opacity=\"0.5\"><title>{score.Run.Id} {score.Error:P1}</title></circle>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Size / 2}\" y=\"{Size - 14}\" text-anchor=\"middle\">measured tokens per second and device</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"16\" y=\"{Size / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {Size / 2})\">predicted</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin + 12}\" y=\"{Margin}\">dense (blue), experts (orange); band: 10 %</text>\n</svg>\n");
        return svg.ToString();
    }

    private static string At(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{X(x):F1},{Y(y):F1}");

    private static double X(double value) => Margin + Part(value) * (Size - 2 * Margin);

    private static double Y(double value) => Size - Margin - Part(value) * (Size - 2 * Margin);

    private static double Part(double value) => Math.Log(value / Least) / Math.Log(Most / Least);
}
