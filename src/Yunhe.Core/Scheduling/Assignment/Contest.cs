namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Network;

/// <summary>Pools that not everybody who wants them can have, and the items that want them; apart from all other pools and items.</summary>
/// <param name="Pools">Numbers in the window, in the order of their names.</param>
/// <param name="Items">In the order of the queue.</param>
internal sealed record Contest(IReadOnlyList<ContestPool> Pools, IReadOnlyList<ContestItem> Items)
{
    public int Units => Items.Sum(i => i.Count);
}

/// <param name="Number">In the window.</param>
/// <param name="Slots">Exactly so many may start here, whoever they are; null: it depends on who.</param>
internal sealed record ContestPool(int Number, NodeSet Nodes, int Places, long? Slots);

/// <param name="Number">In the window.</param>
/// <param name="Choices">Those that cost less than the way out, cheapest first.</param>
/// <param name="WayOut">What anybody can have: the cheapest choice at an uncontested pool, or (−1) to wait.</param>
internal sealed record ContestItem(int Number, int Count, IReadOnlyList<ContestChoice> Choices, int WayOut, long WayOutCost);

/// <param name="Number">In the item.</param>
/// <param name="Pool">In the contest.</param>
internal sealed record ContestChoice(int Number, int Pool, Resources PerNode, int Nodes, long Cost);

/// <summary>How an item's tasks are spread: <c>Choice</c> is a number in the window's item, −1: waiting.</summary>
internal readonly record struct Share(int Item, int Choice, int Count);
