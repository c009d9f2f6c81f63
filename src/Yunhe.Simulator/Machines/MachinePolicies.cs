using Yunhe.Core.Scheduling.Queueing;

namespace Yunhe.Simulator.Machines;

/// <summary>
/// How a batch machine's queue is run, by name: an order ("fcfs", "sjf", "f1"), which alone blocks at its head, with a rule of backfilling
/// behind a plus ("sjf+easy"); and the usual names of some of these.
/// </summary>
public static class MachinePolicies
{
    private static readonly (string Name, Func<IQueueOrder> Order)[] Orders =
    [
        ("fcfs", () => new FirstComeFirstServed()), ("sjf", () => new ShortestRequested()), ("f1", () => new F1()), ("f2", () => new F2()),
        ("f3", () => new F3()), ("f4", () => new F4()), ("wfp3", () => new Wfp3()), ("unicef", () => new Unicef()),
    ];

    private static readonly (string Name, Backfill Backfill)[] Backfills =
        [("easy", Backfill.Easy), ("conservative", Backfill.Conservative), ("before-head", Backfill.BeforeHead)];

    private static readonly (string Name, Func<int, MachineOptions> Make)[] Usual =
    [
        ("yunhe", n => new(n, QueuePolicy.LeastSlowdown) { Prediction = () => new LearnedRunTimes() }),
        ("easy", n => new(n, QueuePolicy.Easy)),
        ("easy-sjbf", n => new(n, QueuePolicy.EasyShortestFirst)),
        ("easy++", n => new(n, QueuePolicy.EasyShortestFirst) { Prediction = () => new RecentMean() }),
        ("easy-exact", n => new(n, QueuePolicy.Easy) { Prediction = () => new ExactTime() }),
        ("easy-sjbf-exact", n => new(n, QueuePolicy.EasyShortestFirst) { Prediction = () => new ExactTime() }),
        ("conservative", n => new(n, QueuePolicy.Conservative)),
    ];

    /// <summary>All names, the usual first.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Usual.Select(u => u.Name), .. Orders.Select(o => o.Name),
        .. Orders.SelectMany(o => Backfills.Select(b => $"{o.Name}+{b.Name}")),
    ];

    /// <summary>Null: there is no such name.</summary>
    public static MachineOptions? Find(string name, int processors)
    {
        foreach (var (usual, make) in Usual)
            if (usual == name) return make(processors);
        foreach (var (order, make) in Orders)
        {
            if (order == name) return new(processors, new(make(), Backfill.None));
            foreach (var (rule, backfill) in Backfills)
                if ($"{order}+{rule}" == name) return new(processors, new(make(), backfill));
        }
        return null;
    }
}
