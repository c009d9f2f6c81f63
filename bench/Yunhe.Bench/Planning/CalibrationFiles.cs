using System.Globalization;
using System.Text;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Bench.Planning;

/// <summary>Writes what the planner ships with.</summary>
internal static class CalibrationFiles
{
    /// <summary>A factor nearer to 1 is not worth a line.</summary>
    private const double Least = 0.002;

    public static void Write(CalibrationTable table, string path)
    {
        var text = new StringBuilder("level,key,constant,value\n");
        foreach (var (effect, log) in table.Logs.OrderBy(p => p.Key.Level).ThenBy(p => p.Key.Constant).ThenBy(p => p.Key.Key, StringComparer.Ordinal))
            if (effect.Level == Level.Base || Math.Abs(log) > Least) text.Append(CultureInfo.InvariantCulture, $"{effect.Level},{effect.Key},{effect.Constant},{Math.Exp(log):G5}\n");
        File.WriteAllText(path, text.ToString());
    }

    /// <summary>How far measurements lie from predictions: of sources in the fit, and of sources left out of it.</summary>
    public static void WriteSpread(Scores fitted, Scores left, string path)
    {
        var text = new StringBuilder("what,known,rows,low,high\n");
        foreach (var (known, scores) in new[] { (true, fitted), (false, left) })
            foreach (var (what, part) in new[] { ("dense", scores.Steps.Where(s => !s.IsMoe)), ("experts", scores.Steps.Where(s => s.IsMoe)), ("memory", scores.Peaks) })
            {
                var ratios = part.Select(s => s.Measured / s.Predicted).Order().ToList();
                if (ratios.Count > 0)
                    text.Append(CultureInfo.InvariantCulture, $"{what},{(known ? "yes" : "no")},{ratios.Count},{ratios[(int)(0.1 * ratios.Count)]:F3},{ratios[(int)(0.9 * ratios.Count)]:F3}\n");
            }
        File.WriteAllText(path, text.ToString());
    }
}
