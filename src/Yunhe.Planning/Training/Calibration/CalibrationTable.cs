using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>A factor on a constant, and what it belongs to.</summary>
public readonly record struct Effect(Level Level, string Key, Constant Constant);

/// <summary>
/// Fitted constants: one base for all, and factors for what is known of an accelerator, a stack and the two together.
/// What was not measured has no factor, so that an unknown stack on a known accelerator falls back on the accelerator's,
/// an unknown accelerator on its generation's, and all on the base.
/// </summary>
public sealed class CalibrationTable
{
    private static readonly Constant[] Constants = Enum.GetValues<Constant>();
    private static readonly Level[] Levels = Enum.GetValues<Level>();

    private readonly FrozenDictionary<Effect, double> logs;

    /// <summary>By level and key: which constants, and their logarithms.</summary>
    private readonly FrozenDictionary<(Level, string), (int Constant, double Log)[]> byKey;

    public CalibrationTable(IEnumerable<KeyValuePair<Effect, double>> logs)
    {
        this.logs = logs.ToFrozenDictionary();
        byKey = this.logs.GroupBy(p => (p.Key.Level, p.Key.Key)).ToFrozenDictionary(g => g.Key, g => g.Select(p => ((int)p.Key.Constant, p.Value)).ToArray());
    }

    /// <summary>Natural logarithms.</summary>
    public IReadOnlyDictionary<Effect, double> Logs => logs;

    /// <exception cref="TableException">A row is malformed or stands twice, or a constant has no base.</exception>
    public static CalibrationTable Read(Stream table)
    {
        var effects = new Dictionary<Effect, double>();
        foreach (var row in CsvTable.Read(table, "level", "key", "constant", "value"))
        {
            var effect = new Effect(
                row.Word<Level>("level") ?? throw row.Problem("level", "a level"), row.Text("key"), row.Word<Constant>("constant") ?? throw row.Problem("constant", "a constant"));
            var value = row.Number("value", 1e-9, 1e9) ?? throw row.Problem("value", "a number");
            if (!effects.TryAdd(effect, Math.Log(value))) throw row.Problem("key", "one row for a key and constant");
        }
        foreach (var constant in Constants)
            if (!effects.ContainsKey(new(Level.Base, "", constant))) throw new TableException(1, "constant", $"a base value of {constant}", "");
        return new(effects);
    }

    public CalibrationProfile Profile(in CalibrationKeys keys)
    {
        var values = new double[Constants.Length];
        foreach (var level in Levels)
            if (byKey.TryGetValue((level, keys.Key(level)), out var factors))
                foreach (var (constant, log) in factors) values[constant] += log;
        for (var c = 0; c < values.Length; c++) values[c] = IsShare((Constant)c) ? Math.Min(1, Math.Exp(values[c])) : Math.Exp(values[c]);
        var name = string.Join(", ", new[] { keys.Accelerator, keys.Stack.Name, keys.Recipe, keys.Variant }.Where(k => k.Length > 0));
        return new(name, keys.Stack, values);
    }

    /// <summary>The stack was measured on accelerators of this generation.</summary>
    public bool Knows(in CalibrationKeys keys) => byKey.ContainsKey((Level.Pair, keys.Key(Level.Pair)));

    private static bool IsShare(Constant constant) => constant is Constant.TensorExposed or Constant.DataExposed or Constant.PipelineExposed or Constant.ExpertExposed
        or Constant.ScaleUpEfficiency or Constant.ScaleOutEfficiency;
}
