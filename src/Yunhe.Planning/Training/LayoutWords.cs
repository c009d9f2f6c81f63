using System.Globalization;

namespace Yunhe.Planning.Training;

/// <summary>A layout as people write it: "TP8 PP4×2 DP16 CP2 EP8, ZeRO-1, micro-batch 1, selective recompute".</summary>
public static class LayoutWords
{
    public static string Of(in Parallelism layout)
    {
        var words = new List<string> { $"TP{layout.Tensor}" };
        words.Add(layout.Interleave > 1 ? $"PP{layout.Pipeline}×{layout.Interleave}" : $"PP{layout.Pipeline}");
        words.Add($"DP{layout.Data}");
        if (layout.Context > 1) words.Add($"CP{layout.Context}");
        if (layout.Expert > 1) words.Add($"EP{layout.Expert}");
        var rest = new List<string> { $"ZeRO-{layout.Zero}", $"micro-batch {layout.MicroBatch.ToString(CultureInfo.InvariantCulture)}" };
        if (layout.Recompute != Recompute.None) rest.Add(layout.Recompute == Recompute.Full ? "full recompute" : "selective recompute");
        if (layout.SequenceParallel) rest.Add("sequence parallel");
        return $"{string.Join(' ', words)}, {string.Join(", ", rest)}";
    }
}
