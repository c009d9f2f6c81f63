using System.Globalization;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Plans;

namespace Yunhe.Cli.Planning;

/// <summary>A training plan for people.</summary>
internal sealed class TrainingTables(CommandContext context)
{
    private const int MostRejected = 30;

    private TextWriter Out => context.Shell.Out;

    public void Write(TrainingPlan plan)
    {
        Out.WriteLine(Text($"{plan.Model}: {Size(plan.Parameters)} parameters{(plan.ActiveParameters < plan.Parameters ? $", {Size(plan.ActiveParameters)} active" : "")}, {Size(plan.Tokens)} tokens, sequences of {plan.Sequence:N0}, {plan.Batch:N0} a step ({Size((double)plan.Batch * plan.Sequence)} tokens), {plan.Precision}"));
        if (plan.Best is { } best)
        {
            Hosts(plan);
            Layouts(best);
            Parts(best);
            Failures(best);
            Sensitivities(plan);
        }
        Together(plan);
        Rejected(plan);
        Assumptions(plan);
    }

    private void Hosts(TrainingPlan plan) => Section("", ["CLUSTER", "DEVICES", "LAYOUT", "STEP", "MFU", "TOKENS/S", "DAYS", "80 OF 100", "GOODPUT", "COST", "ENERGY", "CO2"],
        plan.Hosts.Select(h => new[]
        {
            h.Province.Length > 0 ? $"{h.Name} ({h.Province})" : h.Name,
            h.Devices == h.DevicesOffered ? Text($"{h.Devices:N0} {h.Accelerator}") : Text($"{h.Devices:N0} of {h.DevicesOffered:N0} {h.Accelerator}"),
            h.Layout.Words, Format.Duration(h.Layout.StepSeconds), Text($"{100 * h.Mfu:0.0} %"), Size(h.TokensPerSecond), Days(h.TotalDays.Expected),
            $"{Days(h.TotalDays.Low)} – {Days(h.TotalDays.High)}", Text($"{100 * h.Checkpoints.Goodput:0.0} %"), Yuan(h.Cost), h.EnergyMWh < 1 ? Format.Energy(1000 * h.EnergyMWh) : Text($"{h.EnergyMWh:#,##0.#} MWh"),
            Format.Carbon(h.CarbonTonnes * 1e6),
        }));

    private void Layouts(HostPlan host)
    {
        Section(Text($"layouts on {host.Name} ({host.Searched:N0} computed, the others are slower by a bound)"),
            ["LAYOUT", "STEP", "WEIGHTS", "GRADIENTS", "OPTIMIZER", "ACTIVATIONS", "BUFFERS", "IN ALL", "OF"],
            host.Alternatives.Prepend(host.Layout).Select(l => new[]
            {
                l.Words, Text($"{l.StepSeconds:0.000} s"), Gigabytes(l.Memory.Weights), Gigabytes(l.Memory.Gradients), Gigabytes(l.Memory.Optimizer), Gigabytes(l.Memory.Activations),
                Gigabytes(l.Memory.Buffers), Gigabytes(l.Memory.Total), Gigabytes(l.MemoryBytes),
            }));
    }

    private void Parts(HostPlan host)
    {
        var time = host.Layout.Time;
        Section("one step", ["COMPUTE", "TENSOR", "PIPELINE", "DATA", "CONTEXT", "EXPERTS", "BUBBLE", "OPTIMIZER", "IN ALL"],
        [
            [Seconds(time.Compute), Seconds(time.TensorCommunication), Seconds(time.PipelineCommunication), Seconds(time.DataCommunication), Seconds(time.ContextCommunication),
                Seconds(time.ExpertCommunication), Seconds(time.Bubble), Seconds(time.Optimizer), Seconds(time.Total)],
        ]);
        Out.WriteLine($"what it goes to: {string.Join(", ", host.Limits)}");
        Out.WriteLine($"how sure: {host.Confidence}");
    }

    private void Failures(HostPlan host)
    {
        var c = host.Checkpoints;
        Out.WriteLine();
        Out.WriteLine(c.IntervalSeconds is null
            ? "nothing fails, no checkpoint is needed"
            : Text($"a failure every {Format.Duration(c.MeanSecondsBetweenFailures)}; a checkpoint has {Gigabytes(c.Bytes)}, takes {Format.Duration(c.WriteSeconds)}, best every {Format.Duration(c.IntervalSeconds)} (Young: {Format.Duration(c.YoungSeconds)})"));
        Out.WriteLine(Text($"what must be delivered: {(host.Demands.ScaleOutGbit is { } g ? $"{g:0} Gbit/s of network for each device" : "hardly any network between nodes")}, {host.Demands.StorageGBPerSecond:#,##0.###} GB/s of storage, {host.Demands.InputMBPerSecond:0.##} MB/s of tokens"));
    }

    private void Sensitivities(TrainingPlan plan) => Section("one thing changed", ["WITH", "TIME", "DAYS", "LAYOUT THEN"], plan.Sensitivities.Select(s => new[]
    {
        s.Change, s.Percent is { } p ? Percent(p) : "-", s.TotalDays is { } d ? Days(d) : "-", s.Layout.Length > 0 ? s.Layout : "the same",
    }));

    private void Together(TrainingPlan plan)
    {
        if (plan.Together.Count == 0) return;
        Section("several sites at once", ["SITES", "DEVICES", "LINK", "EXCHANGE", "STEP", "DAYS", "AGAINST THE BEST ALONE", "COST", "WORTH IT FROM"], plan.Together.Select(w => new[]
        {
            string.Join(" + ", w.Names), Text($"{w.Devices:N0}"), Text($"{w.LinkGbit:0.##} Gbit/s, {w.RoundTripMs:0.#} ms"),
            w.LocalSteps > 1 ? Text($"{Format.Duration(w.ExchangeSeconds)} every {w.LocalSteps} steps") : Format.Duration(w.ExchangeSeconds),
            Format.Duration(w.StepSeconds), Days(w.TotalDays), Text($"{w.OverBestAlone:0.00} × the time"), Yuan(w.Cost),
            Text($"{(w.LinkGbitForTenth is { } g ? $"{g:#,##0.#} Gbit/s, or " : "")}{w.LocalStepsForTenth:N0} local steps"),
        }));
        if (plan.Together.Any(w => w.LocalSteps > 1)) Out.WriteLine("local steps change what is learned: so many steps may need more tokens (DiLoCo, arXiv 2311.08105)");
    }

    private void Rejected(TrainingPlan plan)
    {
        if (plan.Rejected.Count == 0) return;
        Section("not these", ["CLUSTER", "BECAUSE", "WOULD DO"], plan.Rejected.Take(MostRejected).Select(r => new[] { r.Name, r.Because, Format.Text(r.WouldHelp) }));
        if (plan.Rejected.Count > MostRejected) Out.WriteLine($"… and {plan.Rejected.Count - MostRejected} more");
    }

    private void Assumptions(TrainingPlan plan)
    {
        Section("assumed, since nobody said", ["WHAT", "VALUE", "BECAUSE"], plan.Assumptions.Concat(plan.Best?.Assumptions ?? []).Select(a => new[] { a.What, a.Value, a.Because }));
        if (plan.Hosts.Count > 1) Out.WriteLine("and alike of the other clusters: --output json has all");
    }

    private void Section(string title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        Out.WriteLine();
        if (title.Length > 0) Out.WriteLine(title);
        context.Table(headings, rows);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double change) => Math.Abs(change) < 0.05 ? "0 %" : Text($"{(change < 0 ? "−" : "+")}{Math.Abs(change):0.#} %");

    private static string Seconds(double value) => Text($"{value:0.000} s");

    private static string Gigabytes(double bytes) => Text($"{bytes / 1e9:#,##0.0} GB");

    private static string Days(double days) => days < 1 ? Format.Duration(days * 86_400) : Text($"{days:#,##0.0}");

    private static string Yuan(decimal? cost) => cost switch
    {
        null => "-",
        >= 1_000_000 => Text($"¥{cost / 1_000_000:#,##0.##}M"),
        _ => Text($"¥{cost:#,##0.##}"),
    };

    private static string Size(double value) => value switch
    {
        >= 1e12 => Text($"{value / 1e12:0.##}T"),
        >= 1e9 => Text($"{value / 1e9:0.##}B"),
        >= 1e6 => Text($"{value / 1e6:0.##}M"),
        >= 1e3 => Text($"{value / 1e3:0.##}k"),
        _ => Text($"{value:0.##}"),
    };
}
