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
        else if (Held(step.State, site, false) is { Length: > 0 } held && !site.Site.HasSameMachines(input.Site))
            step.Refuse(RefusalKind.Conflict, $"site {site.Site.Name} still has {held}: its engine and pools can be changed only when it has none; drain it first");
        else if (ReservedAt(step.State, input.Site.Name) is { } reserved && !site.Site.HasSameMachines(input.Site))
            step.Refuse(RefusalKind.Conflict, $"nodes of site {site.Site.Name} are reserved ({reserved}): its engine and pools can be changed only when none is; remove the reservation first");
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
        if (Held(step.State, site, site.IsLost(step.Now)) is { Length: > 0 } held)
        {
            step.Refuse(RefusalKind.Conflict, $"site {input.Site} still has {held}; drain it, and wait or cancel them");
            return;
        }
        if (ReservedAt(step.State, input.Site) is { } reserved)
        {
            step.Refuse(RefusalKind.Conflict, $"nodes of site {input.Site} are reserved ({reserved}); remove the reservation first");
            return;
        }
        // One that never comes back will never confirm what was given up there.
        foreach (var id in step.State.ActiveAt(input.Site).ToList()) step.Emit(new AttemptCleared(step.Now, id));
        step.Emit(new SiteRemoved(step.Now, input.Site));
    }

    private static SiteState? Find(Step step, string name)
    {
        if (step.State.Site(name) is { } site) return site;
        step.Refuse(RefusalKind.NotFound, $"there is no site {name}");
        return null;
    }

    /// <summary>Name of a reservation there; null: there is none.</summary>
    private static string? ReservedAt(State state, string site) => state.Reservations.FirstOrDefault(r => r.Of.Site == site)?.Name;

    private static string Held(State state, SiteState site, bool isLost)
    {
        var (active, finishing) = (state.ActiveAt(site.Site.Name).Where(id => !isLost || !state.Attempt(id)!.Unconfirmed).ToList(), state.FinishingAt(site.Site.Name));
        return active.Count > 0 ? $"{active.Count} attempts, the first of them {active[0]}"
            : finishing.Count > 0 ? $"the results of {finishing.Count} attempts to bring back"
            : "";
    }
}
