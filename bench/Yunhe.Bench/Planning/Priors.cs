using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>What is believed of the constants before any run is seen, and which of them may differ between what.</summary>
internal static class Priors
{
    /// <summary>0: every row counts alike; 1: every source.</summary>
    public const double SourceBalance = 0.35;

    /// <summary>Constants of memory, fitted apart from those of time.</summary>
    public static bool IsMemory(Constant constant) => constant is Constant.ActivationFactor or Constant.RuntimeGB;

    /// <summary>A likely value, and the standard deviation of its logarithm.</summary>
    public static (double Value, double Spread) Of(Constant constant) => constant switch
    {
        Constant.GemmEfficiency => (0.9, 0.05),
        Constant.GemmShape => (1, 0.7),
        Constant.WaveQuantisation => (0.5, 0.5),
        Constant.Fp8Efficiency => (1, 0.15),
        Constant.AttentionEfficiency => (0.55, 0.3),
        Constant.AttentionHalfLength => (500, 0.7),
        Constant.ScorePasses => (8, 0.4),
        Constant.Misalignment => (0.1, 0.5),
        Constant.ElementwiseTraffic => (1.3, 0.1),
        Constant.LayerOverheadUs => (100, 0.7),
        Constant.StepOverheadMs => (20, 0.7),
        Constant.ScaleUpEfficiency => (0.75, 0.15),
        Constant.ScaleOutEfficiency => (0.75, 0.15),
        Constant.HopUs => (8, 0.7),
        Constant.TensorExposed => (0.7, 0.4),
        Constant.DataExposed => (0.2, 0.7),
        Constant.PipelineExposed => (0.5, 0.5),
        Constant.ExpertExposed => (0.5, 0.5),
        Constant.ExpertPenalty => (1.15, 0.3),
        Constant.ExpertOverheadUs => (1000, 0.7),
        Constant.Straggler => (0.005, 0.7),
        Constant.ActivationFactor => (1, 0.1),
        Constant.RuntimeGB => (4, 0.5),
        _ => throw new ArgumentOutOfRangeException(nameof(constant)),
    };

    private static readonly (Level Level, Constant Constant, double Spread)[] Factors =
    [
        (Level.Generation, Constant.GemmEfficiency, 0.15),
        (Level.Generation, Constant.AttentionEfficiency, 0.2),
        (Level.Accelerator, Constant.GemmEfficiency, 0.07),
        (Level.Class, Constant.GemmEfficiency, 0.04),
        (Level.Class, Constant.ElementwiseTraffic, 0.1),
        (Level.Class, Constant.LayerOverheadUs, 0.4),
        (Level.Class, Constant.DataExposed, 0.4),
        (Level.Stack, Constant.GemmEfficiency, 0.08),
        (Level.Stack, Constant.AttentionEfficiency, 0.2),
        (Level.Stack, Constant.ElementwiseTraffic, 0.15),
        (Level.Stack, Constant.LayerOverheadUs, 0.4),
        (Level.Stack, Constant.TensorExposed, 0.3),
        (Level.Stack, Constant.DataExposed, 0.5),
        (Level.Stack, Constant.ExpertPenalty, 0.2),
        (Level.Pair, Constant.GemmEfficiency, 0.07),
        (Level.Generation, Constant.ExpertOverheadUs, 0.4),
        (Level.Release, Constant.GemmEfficiency, 0.05),
        (Level.Release, Constant.ExpertPenalty, 0.15),
        (Level.Release, Constant.ExpertOverheadUs, 0.5),
        (Level.Recipe, Constant.Fp8Efficiency, 0.15),
        (Level.Variant, Constant.ElementwiseTraffic, 0.4),
        (Level.Variant, Constant.TensorExposed, 0.4),
        (Level.Stack, Constant.ActivationFactor, 0.1),
        (Level.Stack, Constant.RuntimeGB, 0.7),
        (Level.Pair, Constant.RuntimeGB, 0.7),
    ];

    public static double Spread(Effect effect) => effect.Level == Level.Base
        ? Of(effect.Constant).Spread
        : Factors.First(f => f.Level == effect.Level && f.Constant == effect.Constant).Spread;

    /// <summary>Every base, and every factor that some run can tell.</summary>
    public static IReadOnlyList<Effect> Effects(IReadOnlyList<PublishedRun> runs, bool memory) =>
    [
        .. Enum.GetValues<Constant>().Where(c => IsMemory(c) == memory).Select(c => new Effect(Level.Base, "", c)),
        .. Factors.Where(f => IsMemory(f.Constant) == memory)
            .SelectMany(f => runs.Select(r => r.Keys.Key(f.Level)).Where(k => k.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(k => new Effect(f.Level, k, f.Constant))),
    ];
}
