using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>What a site ran and had in its queue when the simulation began.</summary>
public sealed partial class SimulatedSite
{
    /// <summary>One that ran already when the simulation began, and goes on for <paramref name="remaining"/>.</summary>
    public void Resume(Launch launch, IReadOnlyList<string> on, DateTimeOffset startedAt, TimeSpan remaining, DateTimeOffset now)
    {
        var pool = Site.Pools.First(p => p.Name == launch.Pool);
        var job = Add(launch, pool, new(remaining));
        var where = on.Count > 0 ? [.. on.Select(name => (pool.Name, NumberOf(pool, name)))] : nodes.Find(pool, launch.Requirement.PerNode, launch.Spec.Nodes);
        if (where is null) (job.Phase, job.EndsAt, job.Failure) = (EnginePhase.Ended, now, FailureReason.NodeFailure);
        else Begin(job, where, now);
        job.StartedAt = startedAt;
    }

    /// <summary>Work of others that the site had when the simulation began; what waits and has no limit is taken to run an hour, what runs a day.</summary>
    public void Occupy(QueuedWork work, int number, DateTimeOffset now)
    {
        if (Site.Pools.FirstOrDefault(p => p.Name == work.Pool) is not { } pool || !work.PerNode.Fits(pool.PerNode) || work.Nodes > pool.Nodes) return;
        var id = new AttemptId(new(new(-1 - number)), 1);
        var spec = new WorkloadSpec { Name = "others", Program = new(ProgramKind.Command), Requirements = [new(work.PerNode)], Nodes = work.Nodes };
        var launch = new Launch(id, spec, new(work.PerNode), work.Pool, []);
        if (work.Running) Resume(launch, [], now, work.Limit ?? TimeSpan.FromDays(1), now);
        else Adopt(launch, pool, new(work.Limit ?? TimeSpan.FromHours(1)), now);
        Advance(now);
    }
}
