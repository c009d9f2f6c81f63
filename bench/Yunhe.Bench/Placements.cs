using System.Diagnostics;
using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Bench;

/// <summary>
/// The decision core on a whole country: sites of 100 nodes with 8 accelerators each, nine tenths busy, while workloads wait. Everything goes
/// through Controller.Step: submissions, ends of attempts, and the ticks that place.
/// </summary>
internal sealed class Placements
{
    private const int NodesPerSite = 100;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Models = ["H100", "A100", "ASCEND910B", "H20"];
    private static readonly string[] Regions = ["east", "central", "west", "northeast"];

    private readonly State state = new();
    private readonly Random random = new(1);
    private readonly List<AttemptId> running = [];
    private DateTimeOffset now = Start;

    private Placements(int sites)
    {
        Step(new CreateNetwork());
        for (var i = 0; i < sites; i++)
        {
            var site = NewSite(i);
            Step(new AddSite(site));
            Step(new Observe(site.Name, new() { Pools = [] }));
        }
    }

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var waiting = options.Number("--waiting", 1_000_000);
        var rows = new List<Row>();
        foreach (var sites in options.Numbers("--sites", [100, 1000, 10_000]))
        {
            if (sites < Models.Length * Regions.Length) throw new OptionException($"--sites: {Models.Length * Regions.Length} at least, so that each region has each model");
            Console.Error.WriteLine($"{sites} sites, {sites * NodesPerSite} nodes, {sites * NodesPerSite * 8} accelerators");
            var before = GC.GetTotalMemory(true);
            var bench = new Placements(sites);
            var network = GC.GetTotalMemory(true) - before;
            bench.Fill(sites);
            before = GC.GetTotalMemory(true);
            bench.Submit(waiting);
            var queue = GC.GetTotalMemory(true) - before;
            bench.Tick();
            rows.AddRange(bench.Measure(sites, options.Number("--rounds", 100)));
            rows.Add(new($"{sites} sites: memory per idle node", "byte", network / (double)(sites * NodesPerSite), null, ""));
            rows.Add(new($"{sites} sites: memory per waiting workload", "byte", queue / (double)waiting, null, ""));
        }
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    /// <summary>Large gangs until nine tenths of the nodes are busy.</summary>
    private void Fill(int sites)
    {
        for (var site = 0; site < sites; site++)
            foreach (var nodes in (ReadOnlySpan<int>)[30, 30, 20])
                Step(new Submit(Job(8, nodes, "*", Objective.Balanced) with { Sites = [Name(site)] }, "admin", null, null));
        // The last tenth of what is busy is small work.
        for (var site = 0; site < sites; site++)
            for (var i = 0; i < 20; i++)
                Step(new Submit(Job(4, 1, "*", Objective.Balanced) with { Sites = [Name(site)] }, "admin", null, null));
        while (Tick() > 0) continue;
    }

    private void Submit(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var nodes = random.Next(10) switch { < 7 => 1, < 9 => random.Next(2, 5), _ => random.Next(5, 17) };
            var each = nodes > 1 ? 8 : 1 << random.Next(4);
            var model = random.Next(4) == 0 ? "*" : Models[random.Next(Models.Length)];
            var objective = random.Next(4) switch { 0 => Objective.Time, 1 => Objective.Carbon, _ => Objective.Balanced };
            var regions = random.Next(4) == 0 ? new[] { Regions[random.Next(Regions.Length)] } : [];
            Step(new Submit(Job(each, nodes, model, objective) with { Regions = regions }, $"user{random.Next(1000)}", null, null));
            now += TimeSpan.FromMilliseconds(1);
        }
    }

    private IEnumerable<Row> Measure(int sites, int rounds)
    {
        // What was free is taken: from now on work starts as other work ends.
        while (Tick() > 0) continue;
        // At the aim's rate as many end in a hundredth of a second.
        var batch = Math.Min(1000, 10 * sites);
        for (var i = 0; i < rounds / 10; i++) Round(batch);
        var (placed, ticking, ending) = (0, TimeSpan.Zero, TimeSpan.Zero);
        var (allocated, paused) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalPauseDuration());
        for (var i = 0; i < rounds; i++)
        {
            var (count, end, tick) = Round(batch);
            (placed, ending, ticking) = (placed + count, ending + end, ticking + tick);
        }
        (allocated, paused) = (GC.GetAllocatedBytesForCurrentThread() - allocated, GC.GetTotalPauseDuration() - paused);
        var single = new List<double>();
        for (var i = 0; i < 10 * rounds; i++)
        {
            var (count, _, tick) = Round(1);
            if (count > 0) single.Add(tick.TotalMilliseconds / count);
        }
        if (placed == 0 || single.Count == 0) throw new OptionException($"nothing was left to place at {sites} sites: say more --waiting, or fewer --rounds");
        single.Sort();
        var aim = sites == 10_000 ? 100_000 : (double?)null;
        yield return new($"{sites} sites: placements in ticks", "1/CPU s", placed / ticking.TotalSeconds, aim, "aim");
        yield return new($"{sites} sites: placements with the ends that make room", "1/CPU s", placed / (ticking + ending).TotalSeconds, null, "");
        yield return new($"{sites} sites: allocated per placement and end", "byte", allocated / (double)placed, null, "");
        yield return new($"{sites} sites: share of time in the collector", "", paused / (ticking + ending), null, "");
        yield return new($"{sites} sites: one placement, p50", "ms", single[single.Count / 2], null, "");
        yield return new($"{sites} sites: one placement, p99", "ms", single[single.Count * 99 / 100], 1, "aim");
        yield return new($"{sites} sites: running attempts", "", running.Count, null, "");
        yield return new($"{sites} sites: still waiting", "", state.Waiting, null, "");
    }

    /// <summary>Some attempts end; then a tick places what the room is enough for. CPU time of many, elapsed time of one.</summary>
    private (int Placed, TimeSpan Ending, TimeSpan Ticking) Round(int ends)
    {
        now += TimeSpan.FromMilliseconds(10);
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < ends && running.Count > 0; i++)
        {
            var at = random.Next(running.Count);
            var id = running[at];
            running[at] = running[^1];
            running.RemoveAt(running.Count - 1);
            End(id);
        }
        var ended = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var placed = Tick();
        return (placed, ended - start, ends > 1 ? Environment.CpuUsage.TotalTime - ended : watch.Elapsed);
    }

    private void End(AttemptId id)
    {
        var site = state.Attempt(id)!.Site;
        Step(new Observe(site, new() { Pools = [], Attempts = [new(id, EnginePhase.Ended) { StartedAt = now - TimeSpan.FromMinutes(10), EndedAt = now, ExitCode = 0 }] }));
        Step(new AttemptBroughtBack(id, ""));
    }

    private int Tick()
    {
        var placed = 0;
        foreach (var fact in Step(new Tick()).Events)
            if (fact is AttemptPlaced attempt)
            {
                running.Add(attempt.Attempt);
                placed++;
            }
        return placed;
    }

    private StepResult Step(Input input)
    {
        var result = Controller.Step(state, input, now, random);
        return result.Refusal is null ? result : throw new InvalidOperationException(result.Refusal.Message);
    }

    private static WorkloadSpec Job(int accelerators, int nodes, string model, Objective objective) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Command) { Command = ["true"] },
        Requirements = [new(new(accelerators * 8, accelerators * 65_536L, accelerators), model)],
        Nodes = nodes,
        Objective = objective,
        TimeLimit = TimeSpan.FromHours(1),
    };

    private static Site NewSite(int i) => new()
    {
        Name = Name(i),
        Place = new(Regions[i / 4 % Regions.Length], $"p{i % 31}", $"c{i % 300}"),
        Link = new(10_000_000_000, 5 + i % 50, Money.FromDecimal(0.1m)),
        Prices = new(Money.FromDecimal(0.05m), Money.FromDecimal(0.01m), new Dictionary<string, Money> { ["*"] = Money.FromDecimal(5 + i * 7919 % 1000 / 100m) }),
        Green = new(1.1 + i % 7 * 0.05, 300 + i * 31 % 500, 0.3, 6),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools = [new() { Name = "gpu", Nodes = NodesPerSite, PerNode = new(64, 8 * 65_536L, 8), Accelerator = Models[i % Models.Length] }],
    };

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"s{i:00000}");
}
