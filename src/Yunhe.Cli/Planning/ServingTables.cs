using System.Globalization;
using Yunhe.Planning.Serving.Plans;

namespace Yunhe.Cli.Planning;

/// <summary>A serving plan for people.</summary>
internal static class ServingTables
{
    public static void Write(CommandContext context, ServingPlan plan, IReadOnlyList<(ServingOption Option, ReplayResult Result)> replays)
    {
        var demand = plan.Demand;
        var to = context.Shell.Out;
        to.WriteLine(Text($"{demand.Model.Name} in {demand.Precision} with {demand.Engine}: {demand.RequestsPerSecond:0.###} requests/s (burstiness {demand.Burstiness:0.##}), {demand.InputTokens:0} tokens in, {demand.OutputTokens:0} out"));
        to.WriteLine(Text($"targets for {demand.Percentile:0.##} % of requests: first token {Target(demand.FirstTokenMs)}, each token {Target(demand.PerTokenMs)}"));
        to.WriteLine();
        if (plan.Options.Count > 0)
        {
            context.Table(
                ["accelerator", "layout", "replicas", "devices", "batch", "first token ms", "per token ms", "¥ per 1M output tokens", "kWh", "kg CO2", "limit", "targets"],
                plan.Options.Select(o => (IReadOnlyList<string>)
                [
                    o.Place, o.Layout, Text($"{o.Replicas}"), Text($"{o.Devices}"), Text($"{o.Batch:0.#} of {o.MostSequences:0}"), Between(o.FirstTokenMs), Between(o.PerTokenMs), Price(o),
                    Optional(o.KwhPerMillionOutputTokens, "0.##"), Optional(o.GramsCO2PerMillionOutputTokens / 1000, "0.###"), Words(o.Limit), o.MeetsTargets ? "met" : o.Missed,
                ]));
            if (plan.Options.FirstOrDefault(o => o.MeetsTargets) is { } best) Best(context, best);
        }

        foreach (var unfit in plan.Unfit) to.WriteLine($"{unfit.Accelerator}: {unfit.Why}");
        if (replays.Count > 0) Replayed(context, demand, replays);
        to.WriteLine();
        to.WriteLine("assumed:");
        foreach (var line in plan.Assumptions) to.WriteLine($"  {line}");
        to.WriteLine("ms: the estimate, and between what 8 of 10 published runs lay around theirs");
    }

    private static void Best(CommandContext context, ServingOption best)
    {
        var to = context.Shell.Out;
        to.WriteLine();
        to.WriteLine(Text($"{best.Place} {best.Layout}: a replica bears {best.RequestsPerSecondPerReplica:0.###} requests/s; weights {best.WeightsGBPerDevice:0.#} GB a device, {best.KvMBPerSequence:0.#} MB of keys and values a request"));
        to.WriteLine("  a step: " + string.Join(", ", best.StepPercent.Where(p => p.Value >= 0.5).Select(p => Text($"{p.Key} {p.Value:0} %"))));
        to.WriteLine("  would bear: " + string.Join(", ", best.Sensitivity.Select(s => Text($"{s.What}: {s.RatePercent:+0;-0;0} %"))));
        to.WriteLine($"  known from: {best.Evidence}");
    }

    private static void Replayed(CommandContext context, ServingDemand demand, IReadOnlyList<(ServingOption Option, ReplayResult Result)> replays)
    {
        context.Shell.Out.WriteLine();
        context.Shell.Out.WriteLine(Text($"the trace replayed, {replays[0].Result.Requests} requests, at {demand.Percentile:0.##} % (and half):"));
        context.Table(
            ["accelerator", "layout", "replicas", "first token ms", "per token ms", "batch", "targets"],
            replays.Select(r => (IReadOnlyList<string>)
            [
                r.Option.Place, r.Option.Layout, Text($"{r.Option.Replicas}"), Text($"{r.Result.FirstTokenMs:0} ({r.Result.MedianFirstTokenMs:0})"),
                Text($"{r.Result.PerTokenMs:0.0} ({r.Result.MedianPerTokenMs:0.0})"), Text($"{r.Result.MeanBatch:0.#}, at most {r.Result.LargestBatch}"), r.Result.MeetsTargets ? "met" : "missed",
            ]));
    }

    private static string Price(ServingOption o) => o.CnyPerMillionOutputTokens is not { } cny ? "-" : o.UsdPerMillionOutputTokens is { } usd ? Text($"{cny:0.00} (${usd:0.00})") : Text($"{cny:0.00}");

    private static string Between(Likely likely) => likely.Value >= 100
        ? Text($"{likely.Value:0} ({likely.Low:0}–{likely.High:0})")
        : Text($"{likely.Value:0.0} ({likely.Low:0.0}–{likely.High:0.0})");

    private static string Target(double? ms) => ms is { } value ? Text($"within {value:0.###} ms") : "any";

    private static string Optional(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Words(ServingLimit limit) => Format.Word(limit).Replace('_', ' ');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
