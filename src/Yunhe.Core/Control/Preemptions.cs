namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>
/// Ends attempts for work that waits: those of borrowers for what a quota guarantees, those of a lower priority in a project that wants it so.
/// Lives for one pass over the queue; what it has claimed for a task no other gets.
/// </summary>
internal sealed class Preemptions
{
    /// <summary>Tasks of one class that a pass makes room for; the others follow when these have started.</summary>
    private const int MostTasks = 100;

    /// <summary>Pools where victims are looked for; the first by name.</summary>
    private const int MostPools = 200;

    private readonly Step step;
    private readonly Reservations kept;
    private readonly Dictionary<(string Site, string Pool), PoolPlan> plans = [];

    /// <summary>What is left to others where room is made; found out when the first asks.</summary>
    private readonly Dictionary<(string Site, string Pool), NodeFilter?> beside = [];

    /// <summary>What is claimed for tasks and not yet held.</summary>
    private readonly SortedDictionary<TaskId, Promise> claimed = [];

    /// <summary>Tasks that room is, or will be, made for.</summary>
    private readonly HashSet<TaskId> served = [];

    /// <summary>The claim of the workload that asks now; not counted meanwhile.</summary>
    private TaskId? asking;

    private sealed record Promise(Claim Claim, string Project, Requirement Asked, int Nodes, bool Pinned);

    /// <summary>Room that is made at one pool.</summary>
    private sealed record Way(Candidate Candidate, Requirement Asked, IReadOnlyList<Victim> Victims);

    public Preemptions(Step step, Reservations kept)
    {
        (this.step, this.kept) = (step, kept);
        kept.BesideClaims = Beside;
        foreach (var claim in step.State.Claims.Live(step.State, step.Now)) Keep(claim);
    }

    private FairShare Shares => step.State.Shares;

    /// <summary>For the first of a class that found no room, and those behind it.</summary>
    /// <param name="waiting">Tasks in their order.</param>
    /// <param name="best">The best that the first of them could get now; null: nothing.</param>
    public void MakeRoom(IEnumerable<TaskId> waiting, Candidate? best)
    {
        foreach (var task in waiting.Take(MostTasks))
            if (!served.Contains(task) && !MakeRoom(task, best)) return;
    }

    /// <summary>From here on it is this task that asks: what is claimed for it, or for another of its workload, is its own.</summary>
    public void Asks(TaskId task)
    {
        Counted(asking, 1);
        asking = claimed.ContainsKey(task) ? task : claimed.Keys.Cast<TaskId?>().FirstOrDefault(t => t!.Value.Workload == task.Workload) ?? task;
        Counted(asking, -1);
        kept.Asking = task.Workload;
    }

    /// <summary>The one that asked holds now what was claimed for it.</summary>
    public void Placed(TaskId task, string site, string pool)
    {
        Counted(asking, 1);
        asking = null;
        plans.Remove((site, pool));
        if (claimed.Count == 0) return;
        var own = claimed.Where(c => c.Key.Workload == task.Workload).Select(c => c.Value.Claim);
        if (Control.Claim.ServedBy(task, site, pool, own) is not { } served) return;
        Counted(served.Task, -1);
        claimed.Remove(served.Task);
        beside.Remove((site, pool));
    }

    /// <summary>The pass is over.</summary>
    public void Close()
    {
        Counted(asking, 1);
        foreach (var task in claimed.Keys) Counted(task, -1);
    }

    private bool MakeRoom(TaskId task, Candidate? best)
    {
        Counted(asking, 1);
        asking = null;
        var workload = step.State.Workload(task.Workload)!;
        var subject = Subject.Of(workload, step.State.Task(task));
        var order = CandidateOrder.For(workload.Spec);
        var ways = Ways(workload, subject).ToList();
        ways.Sort((a, b) => Compare(a, b, order));
        // Elsewhere it would rather wait than go there.
        if (ways.Find(w => best is null || order.Compare(w.Candidate, best) < 0) is not { } way) return false;
        served.Add(task);
        foreach (var victim in way.Victims)
        {
            step.Emit(new AttemptCancelling(step.Now, victim.Id, FailureReason.Preempted) { GivesWayTo = task });
            step.Order(new CancelAttempt(way.Candidate.Site, victim.Id));
        }
        Claim(new(new(task, way.Candidate.Site, way.Candidate.Pool) { Nodes = [.. way.Victims.SelectMany(v => v.Nodes).Distinct()] }, workload.Project, way.Asked, workload.Spec.Nodes, workload.Spec.Preemptible == false));
        if (way.Victims.Count > 0) kept.Claim(way.Candidate.Site, way.Candidate.Pool, task.Workload);
        return true;
    }

    /// <summary>Lower priorities, then less lost work; where that is equal, the better candidate.</summary>
    private static int Compare(Way a, Way b, CandidateOrder order)
    {
        var c = Highest(a).CompareTo(Highest(b));
        if (c == 0) c = Preemption.Compare(a.Victims, b.Victims);
        return c != 0 ? c : order.Compare(a.Candidate, b.Candidate);
    }

    private static int Highest(Way way) => way.Victims.Select(v => v.Priority).DefaultIfEmpty(int.MinValue).Max();

    private IEnumerable<Way> Ways(Workload workload, Subject subject)
    {
        // Whom to end for nodes of one reservation or fabric is not worked out: it waits.
        if (subject.Spec.Reservation is not null || (subject.Spec.Fabric == FabricWish.Same && subject.Spec.Nodes > 1)) yield break;
        var mine = Shares.AccountOf(workload.Project);
        var places = new SortedSet<(string Site, string Pool)>(PoolOrder.ByName);
        foreach (var account in Shares.Accounts)
            if (account == mine ? mine.Project!.PreemptByPriority : Shares.HasQuotas && account.Project is { Unlimited: false }) places.UnionWith(account.Places.Keys);
        var yardstick = places.Count > 0 ? Placement.Measure(step.State, subject, step.Now) : null;
        foreach (var (siteName, poolName) in places.Take(MostPools))
        {
            if (step.State.Site(siteName) is not { Site.Engine.SchedulesItself: false } site || SiteFilter.Closed(site) is not null) continue;
            if (SiteFilter.Unwanted(site.Site, subject) is not null) continue;
            var pool = site.Pools.First(p => p.Name == poolName);
            for (var alternative = 0; alternative < subject.Spec.Requirements.Count; alternative++)
                if (SiteFilter.Exclude(site.Site, pool, subject.Spec, subject.Spec.Requirements[alternative]) is null
                    && Estimates.Of(step.State, site.Site, pool, subject, alternative, step.Now) is { } offer
                    && WayAt(workload, subject, offer, yardstick!) is { } way)
                    yield return way;
        }
    }

    private Way? WayAt(Workload workload, Subject subject, Offer offer, Yardstick yardstick)
    {
        var free = offer.Now(yardstick.Score(offer.Figures, subject.Spec.Objective));
        if (Limits.Apply(free, subject, step.Now).Excluded is not null) return null;
        var need = Use.Of(offer.Asked, workload.Spec.Nodes);
        var project = Shares.AccountOf(workload.Project).Project!;
        var guarantee = project.Reclaim == Reclaim.Never ? Guarantee.None : Shares.GuaranteeOf(project.Name, need, a => a.HeldAndClaimed);
        if (guarantee == Guarantee.None && !project.PreemptByPriority) return null;
        var candidates = new List<Victim>();
        foreach (var holding in step.State.Ends(offer.Site.Name, offer.Pool.Name))
            if (VictimOf(holding, offer.Pool, workload, project) is { } victim) candidates.Add(victim);
        var consent = new Consent(
            (victim, gone) => victim.Project == project.Name || Shares.MayReclaim(project.Name, guarantee, victim.Project, victim.Use, a => Left(a, gone)),
            gone => Shares.MayStart(project.Name, need, workload.Spec.Preemptible != false, a => Left(a, gone).With(a.Claimed, 1)) is null);
        var plan = PlanOf(step.State.Site(offer.Site.Name)!, offer.Pool);
        var open = step.State.Reserved.Open(offer.Site.Name, offer.Pool.Name, subject, step.Now, offer.LatestEnd(subject, step.Now), inside: false);
        if (open is not null)
        {
            // Nodes that are reserved for others while it would run.
            var closed = open.Nodes.Select(node => offer.Pool.NodeName(offer.Site.Name, node + 1)).ToHashSet(StringComparer.Ordinal);
            candidates.RemoveAll(v => v.Nodes.Any(closed.Contains));
            plan = plan.Without(closed);
        }
        var lack = plan.Lack(offer.Asked.PerNode, workload.Spec.Nodes);
        return Preemption.Choose(lack, candidates, consent) is { } victims && (victims.Count == 0 || FitsCards(offer, workload.Spec.Nodes, victims, new(open, OneFabric: false)))
            ? new(free, offer.Asked, victims)
            : null;
    }

    /// <summary>Sums of accelerators may fit where no single card does.</summary>
    private bool FitsCards(Offer offer, int nodes, IReadOnlyList<Victim> victims, Within within)
    {
        var released = Released(offer.Site.Name, offer.Pool.Name, victims.Select(v => v.Id).ToHashSet());
        return step.State.Capacity(offer.Site.Name)?.FitsAfter(offer.Pool.Name, offer.Asked.PerNode, nodes, released, within) >= 0;
    }

    /// <summary>What is being ended in a pool, and these.</summary>
    private List<Held> Released(string site, string pool, HashSet<AttemptId> gone) => step.State.Ends(site, pool)
        .Where(h => gone.Contains(h.Attempt) || step.State.Attempt(h.Attempt) is { EndedAt: null, CancelSent: true })
        .Select(h => new Held(h.Nodes, h.Each, h.Cards)).ToList();

    private Victim? VictimOf(Holding holding, Pool pool, Workload winner, Project project)
    {
        var id = holding.Attempt;
        var workload = step.State.Workload(id.Task.Workload)!;
        if (step.State.Attempt(id) is not { EndedAt: null, CancelSent: false } attempt || attempt.PlacedAt == step.Now || workload.Spec.Preemptible == false || workload.CancelRequested) return null;
        var (priority, most) = (workload.Spec.Priority, winner.Spec.Priority);
        var own = workload.Project == project.Name;
        if (own ? !project.PreemptByPriority || priority >= most : project.Reclaim == Reclaim.NotHigher && priority > most) return null;
        var ran = attempt.RanBefore + (attempt.StartedAt is { } from && step.Now > from ? step.Now - from : TimeSpan.Zero);
        return new(
            id, workload.Project, priority, ran.TotalSeconds * workload.Spec.Nodes * PartOf(pool.PerNode, holding.Each), attempt.PlacedAt, attempt.Nodes, holding.Each,
            Use.Of(attempt.Requirement, workload.Spec.Nodes));
    }

    /// <summary>Of a node: the largest part of anything in it.</summary>
    private static double PartOf(Resources node, Resources each) => Math.Max(
        each.Cpus / (double)Math.Max(1, node.Cpus),
        Math.Max(each.MemoryMiB / (double)Math.Max(1, node.MemoryMiB), each.AcceleratorMilli / (double)Math.Max(1, node.AcceleratorMilli)));

    /// <summary>What an account holds when all that is being ended has ended, and these too.</summary>
    private static Holdings Left(Account account, IReadOnlyCollection<Victim> gone)
    {
        var left = account.Held.With(account.Ending, -1);
        foreach (var victim in gone)
            if (victim.Project == account.Name || Project.TenantOf(victim.Project) == account.Name) left.Add(victim.Use, -1);
        return left;
    }

    private void Claim(Promise promise)
    {
        claimed[promise.Claim.Task] = promise;
        plans.Remove((promise.Claim.Site, promise.Claim.Pool));
        beside.Remove((promise.Claim.Site, promise.Claim.Pool));
        Counted(promise.Claim.Task, 1);
    }

    private void Counted(TaskId? task, int sign)
    {
        if (task is not { } id || !claimed.TryGetValue(id, out var promise)) return;
        var use = Use.Of(promise.Asked, promise.Nodes);
        for (var account = Shares.AccountOf(promise.Project); account is not null; account = account.Tenant)
        {
            account.Claimed.Add(use, sign);
            if (promise.Pinned) account.PinnedClaimed.Add(use, sign);
        }
    }

    /// <summary>A claim of an earlier pass.</summary>
    private void Keep(Claim claim)
    {
        var (task, siteName, poolName) = claim;
        served.Add(task);
        kept.Claim(siteName, poolName, task.Workload);
        if (step.State.Site(siteName) is not { } site || site.Pools.FirstOrDefault(p => p.Name == poolName) is not { } pool) return;
        var workload = step.State.Workload(task.Workload)!;
        foreach (var requirement in workload.Spec.Requirements)
            if (SiteFilter.Exclude(site.Site, pool, workload.Spec, requirement) is null)
            {
                Claim(new(claim, workload.Project, requirement.In(pool), workload.Spec.Nodes, workload.Spec.Preemptible == false));
                return;
            }
    }

    /// <summary>All nodes but those that are made free and, for gangs, those that they will start on with them; null: it can't be told which.</summary>
    private NodeFilter? Beside(string siteName, string poolName)
    {
        if (beside.TryGetValue((siteName, poolName), out var known)) return known;
        return beside[(siteName, poolName)] = step.State.Reserved.At(siteName, poolName).Count == 0 && Closed() is { } closed ? new(closed, Only: false) : null;

        HashSet<int>? Closed()
        {
            var pool = step.State.Site(siteName)!.Pools.First(p => p.Name == poolName);
            var (freed, gangs) = (new HashSet<int>(), new HashSet<int>());
            List<Held>? released = null;
            PoolPlan? then = null;
            foreach (var promise in claimed.Values.Where(p => p.Claim.Site == siteName && p.Claim.Pool == poolName))
            {
                freed.UnionWith(promise.Claim.Nodes.Select(n => pool.NumberOf(siteName, n) - 1));
                // Others may be there as well, or someone was ended for the limit of its project alone: then those that come free are not enough.
                var each = promise.Asked.PerNode;
                then ??= new(step.State, step.State.Site(siteName)!, pool);
                if (promise.Claim.Nodes.Count(n => each.Fits(then.FreeOn(n))) >= promise.Nodes) continue;
                released ??= Released(siteName, poolName, []);
                if ((FindAfter(new(gangs, Only: false)) ?? FindAfter(null)) is not { } found) return null;
                gangs.UnionWith(found.Select(f => f.Node));

                List<FreeThen>? FindAfter(NodeFilter? within) =>
                    step.State.Capacity(siteName)?.FindAfter(poolName, each, promise.Nodes, released, new(within, OneFabric: false));
            }
            freed.UnionWith(gangs);
            return freed;
        }
    }

    private PoolPlan PlanOf(SiteState site, Pool pool)
    {
        if (plans.TryGetValue((site.Site.Name, pool.Name), out var plan)) return plan;
        plans.Add((site.Site.Name, pool.Name), plan = new(step.State, site, pool));
        foreach (var promise in claimed.Values)
            if (promise.Claim.Site == site.Site.Name && promise.Claim.Pool == pool.Name) plan.Keep(promise.Asked.PerNode, promise.Nodes);
        return plan;
    }
}
