using System.CommandLine;
using Yunhe.Cli.Siting;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Commands;

internal static class PlanSitesCommand
{
    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("FILE") { Description = "Demand, candidates, hardware, budgets and targets in YAML or JSON; see docs/guides/siting.md" };
        var objective = new Option<SitingObjective?>("--objective") { Description = "What is least", HelpName = "cost|carbon|latency|weighted" };
        var gap = new Option<double?>("--gap") { Description = "The search ends when no plan can be better by more than this share [default: the file's, 0.01]", HelpName = "SHARE" };
        var limit = new Option<double?>("--time-limit") { Description = "Seconds for each plan that is searched [default: the file's, 60]", HelpName = "SECONDS" };
        var pareto = new Option<int>("--pareto") { Description = "The front of cost, carbon and latency with so many points a side; each is a search", HelpName = "N" };
        pareto.Within(0, 50);
        var mixes = new Option<bool>("--mixes") { Description = "What each kind of hardware alone would cost" };
        var command = new Described("sites", "Where to build next: what, where, in which year, and over which links",
            "yunhe plan sites examples/siting-china.yaml",
            "yunhe plan sites examples/siting-china.yaml --objective carbon --mixes",
            "yunhe plan sites examples/siting-china.yaml --pareto 4 --output json")
        {
            file, objective, gap, limit, pareto, mixes,
        };
        command.SetAction((parsed, cancel) =>
        {
            var path = parsed.GetRequiredValue(file);
            var request = SitingFile.Read(path);
            var solver = request.Solver ?? new();
            request = request with
            {
                Objective = parsed.GetValue(objective) ?? request.Objective,
                Solver = solver with { Gap = parsed.GetValue(gap) ?? solver.Gap, TimeLimitSeconds = parsed.GetValue(limit) ?? solver.TimeLimitSeconds },
            };
            SitingFile.MustBeSound(path, request);
            return Task.Run(
                () =>
                {
                    var answer = SitingPlanner.Plan(request, new() { FrontPoints = parsed.GetValue(pareto), Mixes = parsed.GetValue(mixes) });
                    context.Show(parsed, answer, () => new SitingTables(context.Shell).Write(answer));
                    return answer.Plan is null ? ExitCodes.Refused : ExitCodes.Success;
                },
                cancel);
        });
        return command;
    }
}
