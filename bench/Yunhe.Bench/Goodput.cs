using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Planning.Training.Failures;
using Yunhe.Simulator;

namespace Yunhe.Bench;

/// <summary>
/// Long trainings under failures as a Poisson process, run by Controller.Step in virtual time: what share of the time is kept work, beside the planner's
/// formula. The rows are runs of 54 days as Llama 3's (16,384 accelerators, 3.09 h between failures), and smaller ones.
/// </summary>
internal static class Goodput
{
    private const int Seeds = 20;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Work = TimeSpan.FromDays(54);
    private static readonly TimeSpan Restart = TimeSpan.FromMinutes(10);

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var rows = new List<Row>();
        foreach (var (hours, write) in (ReadOnlySpan<(double, double)>)[(3.09, 10), (3.09, 60), (3.09, 300), (12, 60), (100, 60)])
        {
            var between = hours * 3600;
            var best = Checkpointing.Daly(write, between);
            foreach (var (name, interval) in (ReadOnlySpan<(string, double)>)[("half", best / 2), ("Daly's", best), ("twice", best * 2)])
            {
                var formula = Checkpointing.GoodputOf(interval, write, between, Restart.TotalSeconds);
                var simulated = Enumerable.Range(1, Seeds).Select(seed => Simulated(seed, between, interval, write)).Order().ToList();
                rows.Add(new(
                    Text($"failures {hours} h, writes {write} s, {name} interval"), "goodput", simulated.Average(), formula,
                    Text($"Daly 2006; every {interval / 60:0.0} min; {simulated[0]:0.000} to {simulated[^1]:0.000} of {Seeds} seeds")));
            }
        }
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static double Simulated(int seed, double between, double interval, double write)
    {
        var random = new Random(seed);
        var checkpoints = new SimulatedCheckpoints(TimeSpan.FromSeconds(interval), TimeSpan.FromSeconds(write), Restart);
        var simulation = new Yunhe.Simulator.Simulation(seed, Start, [Site], _ => new(Work) { Checkpoints = checkpoints });
        simulation.Give(new Submit(Training, "admin", null, null));
        Fail();
        simulation.RunOut(default);
        var task = simulation.State.Task(new(new(1)))!;
        if (task.Phase != Phase.Succeeded) throw new InvalidOperationException($"seed {seed}: {task.Phase}, {task.Detail}");
        return Work / (task.Current!.EndedAt!.Value - task.Attempts[0].StartedAt!.Value);

        void Fail() => simulation.PlanInBackground(simulation.Now + TimeSpan.FromSeconds(-between * Math.Log(1 - random.NextDouble())), () =>
        {
            simulation.Sites["cluster"].LosePower(simulation.Now);
            Fail();
        });
    }

    private static string Text(FormattableString text) => text.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Site Site => new()
    {
        Name = "cluster",
        Place = new(),
        Link = new(1_000_000_000, 1, Money.Zero),
        Prices = PriceBook.Free,
        Green = new(1, 0, 0, 0),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools = [new() { Name = "main", Nodes = 1, PerNode = new(8, 8192, 0) }],
    };

    private static WorkloadSpec Training => new()
    {
        Name = "training",
        Program = new(ProgramKind.Task) { Run = "train" },
        Requirements = [new(new(8, 8192, 0))],
        Checkpoint = new("checkpoints", TimeSpan.FromMinutes(10)),
    };
}
