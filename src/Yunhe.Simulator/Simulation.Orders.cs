using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>What the controller wants done at sites.</summary>
public sealed partial class Simulation
{
    private readonly Queue<Effect> orders = new();

    /// <summary>Orders that were not answered, by site: the site is away, or its answer was lost.</summary>
    private readonly SortedDictionary<string, List<Effect>> held = new(StringComparer.Ordinal);

    /// <summary>Attempts whose start is not answered yet.</summary>
    private readonly HashSet<AttemptId> starting = [];

    private bool IdleOrders => orders.Count == 0 && held.Count == 0;

    private void Take(StepResult result)
    {
        foreach (var effect in result.Effects)
        {
            orders.Enqueue(effect);
            if (effect is StartAttempt) starting.Add(effect.Attempt);
        }
    }

    /// <summary>True: there were some.</summary>
    private bool ExecuteOrders()
    {
        if (orders.Count == 0) return false;
        // What answers bring about is done in the same moment where nothing disturbs it, else in the next one.
        for (var n = orders.Count; n > 0; n--)
        {
            var effect = orders.Dequeue();
            if (sites[effect.Site].Away || !Execute(effect)) Hold(effect);
        }
        return true;
    }

    private void Hold(Effect effect)
    {
        if (!held.TryGetValue(effect.Site, out var list)) held.Add(effect.Site, list = []);
        if (!list.Exists(e => e.Id == effect.Id)) list.Add(effect);
    }

    private void RetryHeld()
    {
        if (held.Count == 0) return;
        // Before what came later: orders of a site are done in turn.
        List<Effect> later = [.. orders];
        orders.Clear();
        foreach (var site in held.Keys.Where(name => !sites[name].Away).ToList())
        {
            foreach (var effect in held[site]) orders.Enqueue(effect);
            held.Remove(site);
        }
        foreach (var effect in later) orders.Enqueue(effect);
    }

    /// <summary>False: it was done, but the answer was lost.</summary>
    private bool Execute(Effect effect)
    {
        var site = sites[effect.Site];
        Input done = effect switch
        {
            StartAttempt => Start(site, effect.Attempt),
            CancelAttempt => Cancel(site, effect),
            RecallAttempt => Recall(site, effect),
            CollectAttempt => Collect(site, effect.Attempt),
            ForgetAttempt => Forget(site, effect),
            _ => throw new NotSupportedException(effect.GetType().Name),
        };
        Book(site);
        if (Happens(faults.LostAnswer)) return false;
        if (effect is StartAttempt) starting.Remove(effect.Attempt);
        Give(done);
        return true;
    }

    private Input Start(SimulatedSite site, AttemptId id)
    {
        var (job, refusal) = State.Attempt(id) is { EndedAt: null } attempt
            ? site.Start(new(id, State.Workload(id.Task.Workload)!.Spec, attempt.Requirement, attempt.Pool, attempt.Nodes) { Cards = attempt.Cards, Checkpoint = attempt.ResumesFrom }, Now)
            : ("", "");
        return job is null ? new AttemptRefused(id, FailureReason.Refused, refusal) : new AttemptAccepted(id, job, "");
    }

    private EffectDone Cancel(SimulatedSite site, Effect effect)
    {
        site.Cancel(effect.Attempt, Now);
        return new(effect);
    }

    private EffectDone Recall(SimulatedSite site, Effect effect)
    {
        site.Recall(effect.Attempt, Now);
        return new(effect);
    }

    private AttemptBroughtBack Collect(SimulatedSite site, AttemptId id)
    {
        // As if it were seen in the moment that it holds, so that what it covers is the work alone.
        if (site.KeptOf(id) is var (startedAt, kept) && State.Workload(id.Task.Workload)?.Spec.Checkpoint is not null)
            Give(new CheckpointStored(id, id.ToString(), 0, startedAt + kept, AtEnd: true));
        site.Forget(id, Now);
        return new(id, "");
    }

    private EffectDone Forget(SimulatedSite site, Effect effect)
    {
        site.Forget(effect.Attempt, Now);
        return new(effect);
    }

    /// <summary>Attempts of which the engine has said that it has them.</summary>
    private List<AttemptId> Expected(SimulatedSite site) =>
        [.. State.ActiveAt(site.Site.Name).Where(id => !starting.Contains(id))];
}
