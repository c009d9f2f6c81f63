using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;

namespace Yunhe.Simulator.Networks;

/// <summary>Sites, and what happens to them whatever work comes: what a network file says.</summary>
public sealed record SimulatedNetwork(IReadOnlyList<Site> Sites)
{
    /// <summary>The virtual clock when the trace's clock shows 0.</summary>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<FailureRule> Failures { get; init; } = [];

    public IReadOnlyList<Maintenance> Maintenance { get; init; } = [];

    public IReadOnlyList<PlannedReservation> Reservations { get; init; } = [];

    /// <summary>
    /// How fast work runs, by site or by accelerator model, compared with where the trace was taken (1); what is not named has 1. Both
    /// count where both are named.
    /// </summary>
    public IReadOnlyDictionary<string, double> Speeds { get; init; } = new Dictionary<string, double>();

    /// <summary>Why its reservations can't all be kept; null: they can.</summary>
    public string? Contradiction()
    {
        var (state, random) = (new State(), new Random(0));
        foreach (var site in Sites) Controller.Step(state, new AddSite(site), Start, random);
        return Declarations().Select(input => Controller.Step(state, input, Start, random).Refusal?.Message).FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>What its operators declare beside the sites: the projects that reservations are for, and those.</summary>
    internal IEnumerable<Input> Declarations() =>
    [
        .. Reservations.Select(r => r.Project).OfType<string>().Where(p => p != Project.Default).Distinct().Select(p => new SetProject(new(p))),
        .. Reservations.Select(r => new AddReservation(new()
        {
            Name = r.Name, Site = r.Site, Pool = r.Pool, Nodes = r.Nodes, Project = r.Project, From = Start + r.From, To = Start + r.To,
        })),
    ];
}

public enum Failing
{
    /// <summary>Each node by itself; what runs on it ends.</summary>
    Node,

    /// <summary>The whole site loses its power: all that runs ends, and it does not answer until it is repaired.</summary>
    Site,

    /// <summary>The site does not answer and nothing is moved; what runs there goes on.</summary>
    Link,
}

/// <summary>Times between failures and of repairs are exponential with these means. <c>Sites</c> empty: at all.</summary>
public sealed record FailureRule(Failing Of, TimeSpan Between, TimeSpan Repair)
{
    public IReadOnlyList<string> Sites { get; init; } = [];

    public bool Concerns(string site) => Sites.Count == 0 || Sites.Contains(site);
}

/// <summary>
/// A site, or the nodes <c>First</c> to <c>Last</c> of a pool, take nothing new in this time, counted from the start; what runs goes on.
/// </summary>
public sealed record Maintenance(string Site, TimeSpan From, TimeSpan To)
{
    /// <summary>Null: the whole site.</summary>
    public string? Pool { get; init; }

    public int First { get; init; } = 1;

    public int Last { get; init; } = int.MaxValue;
}

/// <summary>
/// Nodes of a pool that are reserved in this time, counted from the start, for the jobs that the trace says are of a project; null: for none.
/// Declared before the first job comes, so that all is known of it in advance.
/// </summary>
public sealed record PlannedReservation(string Name, string Site, string Pool, int Nodes, string? Project, TimeSpan From, TimeSpan To);
