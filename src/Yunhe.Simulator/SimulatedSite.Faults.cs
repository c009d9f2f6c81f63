using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>What goes wrong at a site.</summary>
public sealed partial class SimulatedSite
{
    /// <summary>A node dies under it.</summary>
    public void Break(AttemptId attempt, FailureReason reason, DateTimeOffset now)
    {
        Advance(now);
        if (!jobs.TryGetValue(attempt, out var job) || job.Phase != EnginePhase.Running) return;
        (job.Failure, job.ExitCode) = (reason, null);
        EndAt(job, now);
        Advance(now);
    }

    /// <summary>A node fails, or is drained (what runs there goes on), or comes back from one of these: it is up when all are over.</summary>
    public void SetNode(string pool, int node, bool isDown, bool killing, DateTimeOffset now)
    {
        Advance(now);
        if (nodes.SetDown(pool, node, isDown)) Changed?.Invoke();
        if (killing)
            foreach (var job in jobs.Values.Where(j => j.Phase == EnginePhase.Running && j.Nodes.Contains((pool, node))).ToList())
                Break(job.Id, FailureReason.NodeFailure, now);
        Advance(now);
    }

    /// <summary>Every node stops at once; what waits in the site's queue stays there.</summary>
    public void LosePower(DateTimeOffset now)
    {
        foreach (var launch in Running.ToList()) Break(launch.Attempt, FailureReason.NodeFailure, now);
    }

    /// <summary>The link fails or comes back: transfers stand still, what runs goes on.</summary>
    public void SetLink(bool isDown, DateTimeOffset now)
    {
        Advance(now);
        link.SetDown(isDown, now);
    }
}
