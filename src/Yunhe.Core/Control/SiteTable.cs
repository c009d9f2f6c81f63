using System.Collections;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;

/// <summary>Sites by name: found at once, listed in order of name.</summary>
internal sealed class SiteTable : IReadOnlyCollection<SiteState>
{
    private readonly Dictionary<string, SiteState> byName = new(StringComparer.Ordinal);
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
        get => byName[name];
        set
        {
            byName[name] = value;
            if (value.Site.Engine.SchedulesItself) selfScheduling.Add(name);
            else if (selfScheduling.Count > 0) selfScheduling.Remove(name);
            if (value.AwaySince is not null) away.Add(name);
            else if (away.Count > 0) away.Remove(name);
        }
    }

    public void Add(SiteState site)
    {
        byName.Add(site.Site.Name, site);
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

    public SiteState? Find(string name) => byName.GetValueOrDefault(name);

    public IEnumerator<SiteState> GetEnumerator()
    {
        foreach (var name in names) yield return byName[name];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
