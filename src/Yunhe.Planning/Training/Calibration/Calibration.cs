using System.Collections.Frozen;
using System.Globalization;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>What a constant's effect belongs to.</summary>
public enum Level
{
    /// <summary>The constant itself.</summary>
    Base,
    Generation,
    Accelerator,
    Stack,

    /// <summary>A stack on a generation of accelerators, "stack@generation".</summary>
    Pair,
    Recipe,
    Variant,

    /// <summary>A version of a stack, "stack 26.04".</summary>
    Release,
}

/// <summary>A factor on a constant, as the logarithm of it.</summary>
public readonly record struct Effect(Level Level, string Key, Constant Constant);

/// <summary>
/// Fitted constants: one base for all, and factors for what is known of an accelerator, a stack and the two together.
/// What was not measured has no factor, so that an unknown stack on a known accelerator falls back on the accelerator's,
/// an unknown accelerator on its generation's, and all on the base.
/// </summary>
public sealed class CalibrationTable
{
    private static readonly int Constants = Enum.GetValues<Constant>().Length;

    private readonly FrozenDictionary<Effect, double> logs;

    public CalibrationTable(IEnumerable<KeyValuePair<Effect, double>> logs) => this.logs = logs.ToFrozenDictionary();

    public IReadOnlyDictionary<Effect, double> Logs => logs;

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
        for (var c = 0; c < Constants; c++)
            if (!effects.ContainsKey(new(Level.Base, "", (Constant)c))) throw new TableException(1, "constant", $"a base value of {(Constant)c}", "");
        return new(effects);
    }

    public CalibrationProfile Profile(CalibrationKeys keys, SoftwareStack stack)
    {
        var values = new double[Constants];
        var pair = keys.Stack + "@" + keys.Generation;
        for (var c = 0; c < Constants; c++)
        {
            var constant = (Constant)c;
            var log = Log(Level.Base, "", constant) + Log(Level.Generation, keys.Generation, constant) + Log(Level.Accelerator, keys.Accelerator, constant)
                + Log(Level.Stack, keys.Stack, constant) + Log(Level.Pair, pair, constant) + Log(Level.Recipe, keys.Recipe, constant) + Log(Level.Variant, keys.Variant, constant)
                + Log(Level.Release, keys.Release, constant);
            values[c] = IsShare(constant) ? Math.Min(1, Math.Exp(log)) : Math.Exp(log);
        }
        var name = string.Join(", ", new[] { keys.Accelerator, keys.Stack, keys.Recipe, keys.Variant }.Where(k => k.Length > 0));
        return new(name, stack, values);
    }

    private double Log(Level level, string key, Constant constant) => logs.GetValueOrDefault(new(level, key, constant));

    private static bool IsShare(Constant constant) => constant is Constant.TensorExposed or Constant.DataExposed or Constant.PipelineExposed or Constant.ExpertExposed
        or Constant.ScaleUpEfficiency or Constant.ScaleOutEfficiency;
}
