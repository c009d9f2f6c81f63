namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>Projects, and what they hold and have used: kept by Apply, rebuilt by Restore; only the declarations are stored.</summary>
public sealed partial class State
{
    private readonly FairShare shares = new();

    private readonly Claims claims = new();

    internal FairShare Shares => shares;

    internal Claims Claims => claims;

    public SharePolicy SharePolicy => shares.Policy;

    /// <summary>In order of name, tenants before their projects.</summary>
    public IReadOnlyCollection<Project> Projects => shares.Projects;

    public Project? Project(string name) => shares.Find(name);

    /// <summary>How a project stands; null: there is no such project.</summary>
    public ProjectShare? ShareOf(string name, DateTimeOffset now) => shares.Find(name) is { } project
        ? shares.View(project, now) with { Warnings = ProjectRules.Warnings(this, project) }
        : null;

    private void Placed(Workload workload, Attempt attempt)
    {
        shares.Replace(workload, null, attempt);
        claims.Add(attempt);
        CountPending(null, attempt);
    }

    private void Changed(Attempt before, Attempt after)
    {
        shares.Replace(workloads[after.Id.Task.Workload], before, after);
        if (before.GivesWay is null) claims.Add(after);
        CountPending(before, after);
    }

    private void CountPending(Attempt? before, Attempt after)
    {
        var more = Pending(after) - Pending(before);
        if (more != 0 && sites.Slot(after.Site) is { } slot) slot.Pending += more;

        static int Pending(Attempt? attempt) => attempt is { EndedAt: null, Phase: not Phase.Running } ? 1 : 0;
    }

    private void SetPolicy(SharePolicy policy)
    {
        shares.ForgetPast();
        var reorder = policy.Order != shares.Policy.Order;
        shares.Policy = policy;
        if (reorder) EnqueueAll();
        ready.Touch();
        foreach (var task in tasks.Values)
            foreach (var attempt in task.Attempts) shares.Remember(workloads[task.Id.Workload], attempt);
    }
}
