namespace Yunhe.Core.Control;

using Yunhe.Core.Network;

/// <summary>What operators do with sites.</summary>
internal static class SiteRules
{
    private const string Letters = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Eight letters, so that two networks on one site tell their jobs apart; nothing happens the second time.</summary>
    public static void CreateNetwork(Step step)
    {
        if (step.State.Network.Length == 0)
            step.Emit(new NetworkCreated(step.Now, string.Concat(Enumerable.Range(0, 8).Select(_ => Letters[step.Random.Next(Letters.Length)]))));
    }

    public static void Add(Step step, AddSite input)
    {
        if (step.State.Site(input.Site.Name) is not null)
            step.Refuse(RefusalKind.Conflict, $"site {input.Site.Name} exists already");
        else
            step.Emit(new SiteAdded(step.Now, input.Site with { Revision = 1 }));
    }

    public static void Edit(Step step, EditSite input)
    {
        if (Find(step, input.Site.Name) is not { } site) return;
        if (input.IfRevision is { } expected && expected != site.Site.Revision)
            step.Refuse(RefusalKind.Conflict, $"site {site.Site.Name} was changed meanwhile: it is at revision {site.Site.Revision}, not {expected}");
        else if (site.Active.Count > 0 && !SameMachines(site.Site, input.Site))
            step.Refuse(RefusalKind.Conflict, $"site {site.Site.Name} runs {site.Active.Count} attempts: its engine and pools can be changed only when it runs none; drain it first");
        else
            step.Emit(new SiteEdited(step.Now, input.Site with { Revision = site.Site.Revision + 1, Drained = site.Site.Drained }));
    }

    public static void Drain(Step step, DrainSite input)
    {
        if (Find(step, input.Site) is { } site && site.Site.Drained != input.Drained)
            step.Emit(new SiteEdited(step.Now, site.Site with { Drained = input.Drained, Revision = site.Site.Revision + 1 }));
    }

    public static void Remove(Step step, RemoveSite input)
    {
        if (Find(step, input.Site) is not { } site) return;
        if (Held(step.State, site) is { Length: > 0 } held)
            step.Refuse(RefusalKind.Conflict, $"site {input.Site} still has {held}; drain it, and wait or cancel them");
        else
            step.Emit(new SiteRemoved(step.Now, input.Site));
    }

    private static SiteState? Find(Step step, string name)
    {
        if (step.State.Site(name) is { } site) return site;
        step.Refuse(RefusalKind.NotFound, $"there is no site {name}");
        return null;
    }

    private static string Held(State state, SiteState site) =>
        site.Active.Count > 0 ? $"{site.Active.Count} attempts, the first of them {site.Active[0]}"
        : state.FinishingAt(site.Site.Name) is var finishing && finishing > 0 ? $"the results of {finishing} attempts to bring back"
        : "";

    private static bool SameMachines(Site a, Site b) =>
        a.Engine.Type == b.Engine.Type
        && a.Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).SequenceEqual(b.Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
        && a.Pools.Count == b.Pools.Count
        && a.Pools.Zip(b.Pools).All(p => p.First.Name == p.Second.Name && p.First.Nodes == p.Second.Nodes
            && p.First.PerNode == p.Second.PerNode && p.First.Accelerator == p.Second.Accelerator);
}
