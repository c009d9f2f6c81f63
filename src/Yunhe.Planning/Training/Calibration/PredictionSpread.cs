using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>How far published measurements lie from predictions: eight of ten between so many times the predicted value.</summary>
/// <param name="Runs">Measurements that say so.</param>
public readonly record struct PredictionSpread(double Low, double High, int Runs)
{
    private static readonly Dictionary<(string What, bool Known), PredictionSpread> Shipped = Read();

    /// <summary>Of a step's time, for dense models or those with experts.</summary>
    /// <param name="known">The accelerator and the stack were measured; otherwise the spread is that of sources which were left out of the fit.</param>
    public static PredictionSpread Step(bool experts, bool known) => Shipped[(experts ? "experts" : "dense", known)];

    /// <summary>Of a device's peak memory.</summary>
    public static PredictionSpread Memory(bool known) => Shipped[("memory", known)];

    private static Dictionary<(string, bool), PredictionSpread> Read()
    {
        using var stream = typeof(PredictionSpread).Assembly.GetManifestResourceStream("spread.csv")!;
        return CsvTable.Read(stream, "what", "known", "rows", "low", "high").ToDictionary(
            r => (r.Text("what"), r.Text("known") == "yes"),
            r => new PredictionSpread(r.Number("low", 0)!.Value, r.Number("high", 0)!.Value, r.Whole("rows", 1)!.Value));
    }
}
