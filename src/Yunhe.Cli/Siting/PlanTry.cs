using System.Globalization;
using Yunhe.Planning.Siting;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>What is to be tried of a plan, and where its network and jobs are written.</summary>
internal sealed record TryOptions
{
    public bool Runs { get; init; }

    /// <summary>Null: the last one.</summary>
    public int? Year { get; init; }

    public long Devices { get; init; } = 1000;

    public int Days { get; init; } = 365;

    public int Seed { get; init; } = 1;

    public string? NetworkOut { get; init; }

    public string? TraceOut { get; init; }

    public bool Any => Runs || NetworkOut is not null || TraceOut is not null;
}

internal static class PlanTry
{
    /// <returns>Null where it was only written.</returns>
    public static TrialResult? Run(SitingRequest request, SitingPlan plan, TryOptions options, CancellationToken cancel)
    {
        var year = plan.Years.SingleOrDefault(y => y.Year == (options.Year ?? plan.Years[^1].Year))
            ?? throw new UsageException($"--year: the plan has {plan.Years[0].Year} to {plan.Years[^1].Year}, not {options.Year}");
        if (year.Sites.Count == 0) throw new UsageException($"nothing stands in {year.Year}: there is nothing to try");
        var scale = PlanTrial.ScaleFor(year, options.Devices);
        if (options.NetworkOut is { } network)
            using (var to = new StreamWriter(network))
                PlanNetwork.Write(PlanNetwork.Of(year, scale), FormattableString.Invariant($"'{request.Name}', {year.Year}: a node of 8 devices stands for {8 * scale:0.#} devices of the plan. Written by yunhe plan sites."), to);
        if (options.TraceOut is { } trace)
            using (var to = new JsonLinesWriter(trace))
                foreach (var job in PlanTrial.JobsOf(request, year, scale, options.Days, options.Seed)) to.Write(job);
        return options.Runs ? PlanTrial.Run(request, year, scale, options.Days, options.Seed, cancel) : null;
    }

    public static void Write(Shell shell, TrialResult trial)
    {
        shell.Out.WriteLine();
        shell.Out.WriteLine(FormattableString.Invariant(
            $"{trial.Year} tried: {trial.Jobs:#,0} jobs of {trial.Days} days on {trial.Devices:#,0} devices, one for {trial.Scale:#,0.#} of the plan; {trial.NotDone:#,0} were not done"));
        Tables.Write(shell.Out, shell.OutIsTerminal, shell.Environment, ["FIGURE", "UNIT", "PLAN", "TRIAL", "TRIAL OVER PLAN"], trial.Rows.Select(r => new[]
        {
            r.What, r.Unit, Number(r.Plan), Number(r.Trial), r.Plan > 0 ? ((100 * r.Trial / r.Plan) - 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %" : "-",
        }));
        Tables.Write(shell.Out, shell.OutIsTerminal, shell.Environment, ["WAITS OF", "JOBS", "MEAN", "P50", "P95"], trial.Waits.Select(w => new[]
        {
            w.Kind, w.Jobs.ToString("#,0", CultureInfo.InvariantCulture), Format.Duration(w.MeanSeconds), Format.Duration(w.P50Seconds), Format.Duration(w.P95Seconds),
        }));
    }

    private static string Number(double value) => value.ToString("#,0.0", CultureInfo.InvariantCulture);
}
