using System.Globalization;
using Yunhe.Planning.Siting;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>What is to be tried of a plan, and where its network and jobs are written.</summary>
internal sealed record TryOptions
{
    public bool Runs { get; init; }

    /// <summary>Also with each job free to go to any site that is near enough.</summary>
    public bool Free { get; init; }

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
                PlanNetwork.Write(PlanNetwork.Of(year, scale), FormattableString.Invariant($"'{request.Name}', {year.Year}: a device stands for about {scale:0.#} devices of the plan. Written by yunhe plan sites."), to);
        if (options.TraceOut is { } trace)
            using (var to = new JsonLinesWriter(trace))
                foreach (var job in PlanTrial.JobsOf(request, year, options, isFree: false)) to.Write(job);
        return options.Runs ? PlanTrial.Run(request, year, options, cancel) : null;
    }

    public static void Write(Shell shell, TrialResult trial)
    {
        shell.Out.WriteLine();
        var part = trial.ShareOfYear >= 1 ? "the whole year" : FormattableString.Invariant($"{100 * trial.ShareOfYear:0.#} % of the year");
        shell.Out.WriteLine(FormattableString.Invariant(
            $"{trial.Year} tried as planned: {trial.Jobs:#,0} jobs of {trial.Days} days ({part}) on {trial.Devices:#,0} devices, one for about {trial.Scale:#,0.#} of the plan; {trial.NotDone:#,0} were not done"));
        shell.Out.WriteLine($"{(trial.Holds ? "The plan holds at this size" : "The plan does NOT hold at this size")}: {string.Join("; ", trial.Because)}");
        var free = trial.FreeWaits.Count > 0;
        Table(shell, ["FIGURE", "UNIT", "PLAN", "TRIAL", "TRIAL - PLAN"], free ? ["SITE FREE"] : [], trial.Rows.Select(r => ((string[])
            [r.What, r.Unit, Number(r.Plan), Number(r.Trial), Apart(r)], (string[])(free ? [Number(r.Free!.Value)] : []))));
        Table(shell, ["WAITS OF", "JOBS", "MEAN", "P50", "P95", "MEAN RUN"], free ? ["MEAN, SITE FREE", "P95"] : [], trial.Waits.Select(w => ((string[])
            [w.Kind, w.Jobs.ToString("#,0", CultureInfo.InvariantCulture), Format.Duration(w.MeanSeconds), Format.Duration(w.P50Seconds), Format.Duration(w.P95Seconds), Format.Duration(w.MeanRunSeconds)],
            FreeWait(trial, w.Kind))));
    }

    private static string[] FreeWait(TrialResult trial, string kind) =>
        trial.FreeWaits.Count == 0 ? [] : trial.FreeWaits.FirstOrDefault(w => w.Kind == kind) is { } free ? [Format.Duration(free.MeanSeconds), Format.Duration(free.P95Seconds)] : ["-", "-"];

    private static string Apart(TrialRow row) => row.Unit == "%" ? Signed(row.Trial - row.Plan) + " points" : row.Plan > 0 ? Signed((100 * row.Trial / row.Plan) - 100) + " %" : "-";

    /// <summary>Rounded first, so that what is nothing has no sign of its own.</summary>
    private static string Signed(double value) => (Math.Round(value, 1) + 0.0).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static void Table(Shell shell, string[] headings, string[] more, IEnumerable<(string[] Cells, string[] More)> rows) =>
        Tables.Write(shell.Out, shell.OutIsTerminal, shell.Environment, [.. headings, .. more], rows.Select(r => (string[])[.. r.Cells, .. r.More]));

    private static string Number(double value) => value.ToString("#,0.0", CultureInfo.InvariantCulture);
}
