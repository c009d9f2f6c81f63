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

    /// <summary>Attempts that have ended and whose results are still there.</summary>
    public SortedChunks<AttemptId> Finishing { get; } = new();
}

/// <summary>Sites by name: found at once, listed in order of name.</summary>
internal sealed class SiteTable : IReadOnlyCollection<SiteState>
{
    private readonly Dictionary<string, SiteSlot> byName = new(StringComparer.Ordinal);
    private readonly SortedSet<string> names = new(StringComparer.Ordinal);
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
            byName[name].State = value;
            if (value.Site.Engine.SchedulesItself) selfScheduling.Add(name);
            else if (selfScheduling.Count > 0) selfScheduling.Remove(name);
            if (value.AwaySince is not null) away.Add(name);
            else if (away.Count > 0) away.Remove(name);
        }
    }

    public void Add(SiteState site)
    {
        byName.Add(site.Site.Name, new(site));
        names.Add(site.Site.Name);
        if (site.Site.Engine.SchedulesItself) selfScheduling.Add(site.Site.Name);
    }

    public void Remove(string name)
    {
        byName.Remove(name);
        names.Remove(name);
        selfScheduling.Remove(name);
        away.Remove(name);
    }

    public SiteState? Find(string name) => byName.GetValueOrDefault(name)?.State;

    public SiteSlot? Slot(string name) => byName.GetValueOrDefault(name);

    /// <summary>In order of name.</summary>
    public IEnumerable<SiteSlot> Slots => names.Select(name => byName[name]);

    public IEnumerator<SiteState> GetEnumerator()
    {
        foreach (var name in names) yield return byName[name].State;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
