using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>An attempt that may be ended for another.</summary>
/// <param name="Lost">Node-seconds of work that would be done again; a part of a node counts as that part.</param>
/// <param name="Since">When it was placed.</param>
/// <param name="Nodes">What it runs on, <paramref name="Each"/> of every one.</param>
internal sealed record Victim(
    AttemptId Id, string Project, int Priority, double Lost, DateTimeOffset Since, IReadOnlyList<string> Nodes, Resources Each, Use Use);

/// <summary>What is to fit into one pool of one site.</summary>
/// <param name="Each">Asked of every node.</param>
/// <param name="Nodes">How many nodes.</param>
/// <param name="Free">What the nodes have free on which victims run.</param>
/// <param name="FitElsewhere">Other nodes where it fits now.</param>
internal sealed record Shortage(Resources Each, int Nodes, IReadOnlyDictionary<string, Resources> Free, long FitElsewhere);

/// <param name="May">Whether one may still be taken when those are gone already: a borrower is not taken below its quota.</param>
/// <param name="Enough">Whether, once those are gone, it may start, as far as its project's limit is concerned.</param>
internal sealed record Consent(Func<Victim, IReadOnlyCollection<Victim>, bool> May, Func<IReadOnlyCollection<Victim>, bool> Enough);

/// <summary>
/// Which attempts to end so that a gang fits: only as low priorities as suffice; of those the least lost work, then the fewest, then the
/// youngest; and none that it would fit without. Finding the least is a covering problem (NP-hard), so it is the better of two greedy ways,
/// each pruned: work by work, and node by node.
/// </summary>
internal static class Preemption
{
    /// <param name="shortage">What is to fit.</param>
    /// <param name="candidates">Who may be ended for it.</param>
    /// <param name="consent">What the projects' quotas and limits allow and ask for.</param>
    /// <returns>By ID; null: it does not fit whoever is ended. Empty: it fits now.</returns>
    public static IReadOnlyList<Victim>? Choose(
        Shortage shortage, IReadOnlyList<Victim> candidates, Consent consent)
    {
        foreach (var level in candidates.Select(c => c.Priority).Distinct().Order().DefaultIfEmpty())
        {
            var cheapest = candidates.Where(c => c.Priority <= level).Order(Cheapness).ToList();
            if (WorkByWork(shortage, cheapest, consent) is not { } first) continue;
            var second = NodeByNode(shortage, cheapest, consent);
            var best = second is not null && Compare(second, first) < 0 ? second : first;
            return [.. best.OrderBy(v => v.Id)];
        }
        return null;
    }

    /// <summary>Less lost work, then fewer, then those placed later, then smaller IDs.</summary>
    public static int Compare(IReadOnlyList<Victim> a, IReadOnlyList<Victim> b)
    {
        var c = a.Sum(v => v.Lost).CompareTo(b.Sum(v => v.Lost));
        if (c == 0) c = a.Count.CompareTo(b.Count);
        if (c == 0) c = b.Select(v => v.Since).DefaultIfEmpty().Max().CompareTo(a.Select(v => v.Since).DefaultIfEmpty().Max());
        if (c == 0) c = a.Select(v => v.Id).DefaultIfEmpty().Min().CompareTo(b.Select(v => v.Id).DefaultIfEmpty().Min());
        return c;
    }

    /// <summary>Least lost work first, then the youngest.</summary>
    private static Comparer<Victim> Cheapness { get; } = Comparer<Victim>.Create((a, b) =>
    {
        var c = a.Lost.CompareTo(b.Lost);
        if (c == 0) c = b.Since.CompareTo(a.Since);
        return c != 0 ? c : a.Id.CompareTo(b.Id);
    });

    private static List<Victim>? WorkByWork(
        Shortage shortage, List<Victim> cheapest, Consent consent)
    {
        var room = new Room(shortage, consent);
        var chosen = new List<Victim>();
        foreach (var victim in cheapest)
        {
            if (room.Fits) break;
            if (!consent.May(victim, chosen)) continue;
            chosen.Add(victim);
            room.Release(victim);
        }
        return room.Fits ? Pruned(room, chosen) : null;
    }

    /// <summary>
    /// Again and again the node that costs the least to free for each node that comes free with it; what is ended already costs nothing more.
    /// </summary>
    private static List<Victim>? NodeByNode(
        Shortage shortage, List<Victim> cheapest, Consent consent)
    {
        var room = new Room(shortage, consent);
        var chosen = new List<Victim>();
        var onNode = new SortedDictionary<string, List<Victim>>(StringComparer.Ordinal);
        foreach (var victim in cheapest)
            foreach (var node in victim.Nodes)
            {
                if (!onNode.TryGetValue(node, out var there)) onNode.Add(node, there = []);
                there.Add(victim);
            }
        while (!room.Fits)
        {
            var (best, least) = ((List<Victim>?)null, 0.0);
            foreach (var (node, there) in onNode)
            {
                if (room.FitsOn(node) || ToFree(shortage, room, node, there, chosen, consent) is not { } price) continue;
                var each = price.Sum(v => v.Lost) / room.Gain(price);
                if (best is null || each < least || (each == least && Compare(price, best) < 0)) (best, least) = (price, each);
            }
            if (best is null) return null;
            foreach (var victim in best) room.Release(victim);
            chosen.AddRange(best);
        }
        return Pruned(room, chosen);
    }

    private static List<Victim>? ToFree(
        Shortage shortage, Room room, string node, List<Victim> there, List<Victim> chosen, Consent consent)
    {
        var free = room.FreeOn(node);
        var before = chosen.Count;
        foreach (var victim in there)
        {
            if (shortage.Each.Fits(free)) break;
            if (room.Released(victim) || !consent.May(victim, chosen)) continue;
            chosen.Add(victim);
            free += victim.Each;
        }
        var more = chosen[before..];
        chosen.RemoveRange(before, more.Count);
        if (!shortage.Each.Fits(free)) return null;
        for (var i = more.Count - 1; i >= 0; i--)
            if (shortage.Each.Fits(free - more[i].Each))
            {
                free -= more[i].Each;
                more.RemoveAt(i);
            }
        return more;
    }

    /// <summary>Without those that are not needed, the dearest first.</summary>
    private static List<Victim> Pruned(Room room, List<Victim> chosen)
    {
        foreach (var victim in chosen.OrderDescending(Cheapness).ToList())
        {
            room.TakeBack(victim);
            if (room.Fits) chosen.Remove(victim);
            else room.Release(victim);
        }
        return chosen;
    }

    private sealed class Room(Shortage shortage, Consent consent)
    {
        private readonly Dictionary<string, Resources> free = new(shortage.Free, StringComparer.Ordinal);
        private readonly SortedDictionary<AttemptId, Victim> released = [];
        private long fitting = shortage.FitElsewhere + shortage.Free.Values.Count(f => shortage.Each.Fits(f));

        public bool Fits => fitting >= shortage.Nodes && consent.Enough(released.Values);

        /// <summary>How many of the nodes that lack would come free by these.</summary>
        public long Gain(List<Victim> victims)
        {
            var (before, lacking) = (fitting, Math.Max(1, shortage.Nodes - fitting));
            foreach (var victim in victims) Release(victim);
            var gain = fitting - before;
            foreach (var victim in victims) TakeBack(victim);
            return Math.Clamp(gain, 1, lacking);
        }

        public Resources FreeOn(string node) => free.GetValueOrDefault(node);

        public bool FitsOn(string node) => shortage.Each.Fits(FreeOn(node));

        public bool Released(Victim victim) => released.ContainsKey(victim.Id);

        public void Release(Victim victim)
        {
            released[victim.Id] = victim;
            foreach (var node in victim.Nodes) Change(node, FreeOn(node) + victim.Each);
        }

        public void TakeBack(Victim victim)
        {
            released.Remove(victim.Id);
            foreach (var node in victim.Nodes) Change(node, FreeOn(node) - victim.Each);
        }

        private void Change(string node, Resources to)
        {
            if (FitsOn(node)) fitting--;
            free[node] = to;
            if (FitsOn(node)) fitting++;
        }
    }
}
