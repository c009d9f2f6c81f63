namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Network;

/// <summary>
/// Waiting work and where it could start, to be decided at once. Costs are whole numbers of one unit for all items (say µ¥), zero or more.
/// </summary>
/// <param name="Items">In the order of the queue.</param>
public sealed record Window(IReadOnlyList<WindowPool> Pools, IReadOnlyList<WindowItem> Items);

/// <summary>What is free in a pool at one start time; a later start at the same pool is a pool of its own here.</summary>
/// <param name="Name">Unique; the order of names is the order in which pools are tried, whatever their place in the list.</param>
public sealed record WindowPool(string Name, IReadOnlyList<FreeNodes> Free)
{
    /// <summary>How many may start here whatever they need: what is left of a limit on the site's own queue.</summary>
    public int Places { get; init; } = int.MaxValue;
}

/// <summary>Alike tasks that wait side by side in the queue.</summary>
/// <param name="Choices">Best first among equal costs. What a deadline, a budget or a filter excludes is absent.</param>
/// <param name="Waiting">What it costs to leave one of them in the queue.</param>
public sealed record WindowItem(IReadOnlyList<WindowChoice> Choices, long Waiting)
{
    public int Count { get; init; } = 1;
}

/// <summary>One task as a gang of so many nodes of a pool, each a different one; all or nothing.</summary>
public sealed record WindowChoice(int Pool, Resources PerNode, int Nodes, long Cost);

/// <summary>So many tasks of an item take a choice of theirs.</summary>
public sealed record Assigned(int Item, int Choice, int Count);

/// <summary>One more place at a full pool, of the kind that is wanted there, would save about so much.</summary>
public sealed record ScarcePool(int Pool, long Price);

/// <param name="Taken">
/// In an order in which they fit one after the other when each takes the tightest nodes that hold it, as <c>SiteCapacity</c> does.
/// What is not named goes on waiting.
/// </param>
/// <param name="Cost">Of all items, those that go on waiting too.</param>
/// <param name="Greedy">What deciding one after the other would have cost.</param>
/// <param name="Bound">No decision costs less.</param>
/// <param name="Scarce">By pool.</param>
public sealed record WindowAnswer(IReadOnlyList<Assigned> Taken, long Cost, long Greedy, long Bound, IReadOnlyList<ScarcePool> Scarce)
{
    public long Gain => Greedy - Cost;

    /// <summary>Nothing cheaper exists.</summary>
    public bool Proven => Cost == Bound;
}
