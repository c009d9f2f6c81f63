using System.Collections;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>A site and what is derived from it, so that it is all found at once.</summary>
internal sealed class SiteSlot(SiteState state)
{
    private SiteState state = state;

    public SiteState State
    {
        get => state;
        set => (state, IsOpen) = (value, SiteFilter.Closed(value) is null);
    }

    /// <summary>It takes new work now.</summary>
    public bool IsOpen { get; private set; } = SiteFilter.Closed(state) is null;

    /// <summary>Null: nothing is known of its nodes.</summary>
    public SiteCapacity? Capacity { get; set; }

    /// <summary>Attempts that use, or may use, nodes: placed and not ended, or given up without the site's word.</summary>
    public SortedChunks<AttemptId> Active { get; } = new();

    /// <summary>Of what is active where Yunhe packs the nodes.</summary>
    public ExpectedEnds Ends { get; } = new();

    /// <summary>How many attempts were handed over and have not begun.</summary>
    public int Pending { get; set; }

    /// <summary>As many wait in the engine's own queue as its operator allows: no more are handed over, whatever is free.</summary>
    public bool HasFullQueue => Pending >= state.Site.MaxPending && state.Site.Engine.SchedulesItself;

    /// <summary>Attempts that have ended and whose results are still there.</summary>
    public SortedChunks<AttemptId> Finishing { get; } = new();
}

/// <summary>Cores and accelerators of all pools whose sites take new work, by model.</summary>
internal sealed class OpenCapacity
{
    /// <summary>What cores are counted under.</summary>
    public const string Cores = "";

    private readonly Dictionary<string, long> of = new(StringComparer.Ordinal);

    public OpenCapacity(IEnumerable<SiteSlot> sites)
    {
        foreach (var pool in sites.Where(s => s.IsOpen).SelectMany(s => s.State.Pools))
        {
            Count(Cores, (long)pool.PerNode.Cpus * pool.Nodes);
            if (pool.Accelerator is not { } model) continue;
            Count(model, (long)pool.PerNode.Accelerators * pool.Nodes);
            Count(AcceleratorCatalogue.Any, (long)pool.PerNode.Accelerators * pool.Nodes);
        }
    }

    /// <param name="kind">A model as pools spell it, <see cref="AcceleratorCatalogue.Any"/> or <see cref="Cores"/>.</param>
    public long Of(string kind) => of.GetValueOrDefault(kind);

    private void Count(string kind, long more) => of[kind] = of.GetValueOrDefault(kind) + more;
}

/// <summary>Sites by name: found at once, listed in order of name.</summary>
internal sealed class SiteTable : IReadOnlyCollection<SiteState>
{
    private readonly Dictionary<string, SiteSlot> byName = new(StringComparer.Ordinal);
    private SiteSlot[]? ordered;
    private OpenCapacity? open;
    private readonly SortedSet<string> away = new(StringComparer.Ordinal);
    private readonly SortedSet<string> selfScheduling = new(StringComparer.Ordinal);

    public int Count => byName.Count;

    /// <summary>Names of the sites that do not answer.</summary>
    public IReadOnlyCollection<string> Away => away;

    /// <summary>Names of the sites whose engine has a queue of its own.</summary>
    public IReadOnlyCollection<string> SelfScheduling => selfScheduling;

    public SiteState this[string name]
    {
        get => byName[name].State;
        set
        {
            var slot = byName[name];
            // An engine's own pools are those of its latest report.
            var same = ReferenceEquals(slot.State.Site, value.Site) && !value.Site.Engine.SchedulesItself;
            var wasOpen = slot.IsOpen;
            slot.State = value;
            if (!same || slot.IsOpen != wasOpen) open = null;
            if (value.Site.Engine.SchedulesItself) selfScheduling.Add(name);
            else if (selfScheduling.Count > 0) selfScheduling.Remove(name);
            if (value.AwaySince is not null) away.Add(name);
            else if (away.Count > 0) away.Remove(name);
        }
    }

    public void Add(SiteState site)
    {
        byName.Add(site.Site.Name, new(site));
        (ordered, open) = (null, null);
        if (site.Site.Engine.SchedulesItself) selfScheduling.Add(site.Site.Name);
    }

    public void Remove(string name)
    {
        byName.Remove(name);
        (ordered, open) = (null, null);
        selfScheduling.Remove(name);
        away.Remove(name);
    }

    public SiteState? Find(string name) => byName.GetValueOrDefault(name)?.State;

    public SiteSlot? Slot(string name) => byName.GetValueOrDefault(name);

    /// <summary>In order of name.</summary>
    public IReadOnlyList<SiteSlot> Slots => ordered ??= [.. byName.Values.OrderBy(s => s.State.Site.Name, StringComparer.Ordinal)];

    /// <summary>What the sites that take new work have in all.</summary>
    public OpenCapacity Open => open ??= new(byName.Values);

    public IEnumerator<SiteState> GetEnumerator() => Slots.Select(s => s.State).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
