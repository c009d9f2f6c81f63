using System.CommandLine;
using Yunhe.Cli.Siting;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Commands;

internal static class PlanSitesCommand
{
    /// <summary>What --output json prints where a plan was also tried.</summary>
    private sealed record Tried(SitingAnswer Answer, TrialResult Trial);

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("FILE") { Description = "Demand, candidates, hardware, budgets and targets in YAML or JSON; see docs/guides/siting.md" };
        var objective = new Option<SitingObjective?>("--objective") { Description = "What is least", HelpName = "cost|carbon|latency|weighted" };
        var gap = new Option<double?>("--gap") { Description = "The search ends when no plan can be better by more than this share [default: the file's, 0.01]", HelpName = "SHARE" };
        var limit = new Option<double?>("--time-limit") { Description = "Seconds for each plan that is searched [default: the file's, 60]", HelpName = "SECONDS" };
        var pareto = new Option<int>("--pareto") { Description = "The front of cost, carbon and latency with so many points a side; each is a search", HelpName = "N" };
        pareto.Within(0, 50);
        var mixes = new Option<bool>("--mixes") { Description = "What each kind of hardware alone would cost" };
        var metering = new Option<int?>("--from-metering") { Description = "Instead of the file's demand: what the server metered in so many days [30]", HelpName = "DAYS", Arity = ArgumentArity.ZeroOrOne };
        var kind = new Option<DemandKind>("--metered-kind") { Description = "What metered accelerators are taken to have done", HelpName = "training|inference", DefaultValueFactory = _ => DemandKind.Training };
        var growth = new Option<double>("--growth") { Description = "Growth a year of metered demand, 0.3: 30 %", HelpName = "SHARE", DefaultValueFactory = _ => 0.3 };
        var trial = new Option<bool>("--trial") { Description = "Runs the plan in the simulator, scaled down, each job where the plan serves it, and says whether the plan holds" };
        var free = new Option<bool>("--trial-free") { Description = "Also runs the same jobs with the site left free among those that are near enough and have the hardware" };
        var year = new Option<int?>("--year") { Description = "The year to try or to write [default: the last]", HelpName = "YEAR" };
        var devices = new Option<int>("--trial-devices") { Description = "To how many devices it is scaled down", HelpName = "N", DefaultValueFactory = _ => 1000 };
        devices.Within(8, 1_000_000);
        var days = new Option<int>("--trial-days") { Description = "How much of the year; 365: all of it, in some minutes", HelpName = "DAYS", DefaultValueFactory = _ => 30 };
        days.Within(1, 366);
        var seed = new Option<int>("--seed") { Description = "Of the trial's jobs", HelpName = "N", DefaultValueFactory = _ => 1 };
        var network = new Option<string?>("--network-out") { Description = "Writes that year as a network for yunhe simulate", HelpName = "FILE" };
        var trace = new Option<string?>("--trace-out") { Description = "Writes that year's jobs as a trace (.jsonl, .jsonl.gz)", HelpName = "FILE" };
        var command = new Described("sites", "Where to build next: what, where, in which year, and over which links",
            "yunhe plan sites examples/siting-china.yaml",
            "yunhe plan sites examples/siting-china.yaml --objective carbon --mixes",
            "yunhe plan sites examples/siting-china.yaml --pareto 4 --output json",
            "yunhe plan sites examples/siting-china.yaml --trial --network-out plan-2030.yaml --trace-out plan-2030.jsonl.gz",
            "yunhe plan sites examples/siting-china.yaml --from-metering 90 --growth 0.5")
        {
            file, objective, gap, limit, pareto, mixes, metering, kind, growth, trial, free, year, devices, days, seed, network, trace,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            // 1. What is asked for.
            var path = parsed.GetRequiredValue(file);
            var request = SitingFile.Read(path);
            var solver = request.Solver ?? new();
            request = request with
            {
                Objective = parsed.GetValue(objective) ?? request.Objective,
                Solver = solver with { Gap = parsed.GetValue(gap) ?? solver.Gap, TimeLimitSeconds = parsed.GetValue(limit) ?? solver.TimeLimitSeconds },
            };
            if (parsed.GetResult(metering) is not null)
            {
                var span = TimeSpan.FromDays(parsed.GetValue(metering) is { } given ? given is > 0 and <= 3660 ? given : throw new UsageException("--from-metering: 1 to 3660 days") : 30);
                request = request with
                {
                    Demand = await MeteredSites.ReadAsync(context.Shell, context.Client(parsed), span, parsed.GetValue(kind), parsed.GetValue(growth), request.Operation ?? new(), cancel),
                };
            }
            SitingFile.MustBeSound(path, request);
            var tries = new TryOptions
            {
                Runs = parsed.GetValue(trial) || parsed.GetValue(free), Free = parsed.GetValue(free), Year = parsed.GetValue(year), Devices = parsed.GetValue(devices), Days = parsed.GetValue(days), Seed = parsed.GetValue(seed),
                NetworkOut = parsed.GetValue(network), TraceOut = parsed.GetValue(trace),
            };

            // 2. The plan, and what becomes of it.
            return await Task.Run(() =>
            {
                var answer = SitingPlanner.Plan(request, new() { FrontPoints = parsed.GetValue(pareto), Mixes = parsed.GetValue(mixes) });
                // The plan first: a trial takes longer, and may be given up.
                if (!context.Json(parsed)) new SitingTables(context.Shell).Write(answer);
                if (answer.Plan is not null && tries.Runs) context.Shell.Err.WriteLine($"running {tries.Days} days of the plan in the simulator; --trial-days and --trial-devices make it shorter");
                var tried = answer.Plan is { } plan && tries.Any ? PlanTry.Run(request, plan, tries, cancel) : null;
                if (context.Json(parsed) && tried is not null) context.Show(parsed, new Tried(answer, tried), () => { });
                else if (context.Json(parsed)) context.Show(parsed, answer, () => { });
                else if (tried is not null) PlanTry.Write(context.Shell, tried);
                return answer.Plan is null ? ExitCodes.Refused : ExitCodes.Success;
            });
        });
        return command;
    }
}
