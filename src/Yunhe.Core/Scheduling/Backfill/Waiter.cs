using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Backfill;

/// <summary>A gang that waits for room in a pool.</summary>
/// <param name="Workload">Whose.</param>
/// <param name="Number">Of the pool where it waits.</param>
/// <param name="Site">Where that is.</param>
/// <param name="Pool">Its name.</param>
/// <param name="Each">What it needs of each node.</param>
/// <param name="Nodes">Of so many.</param>
/// <param name="OneFabric">All in one fabric.</param>
/// <param name="Staging">Moving its inputs there.</param>
internal sealed record Waiter(WorkloadId Workload, int Number, string Site, string Pool, Resources Each, int Nodes, bool OneFabric, TimeSpan Staging)
{
    /// <param name="workload">Whose.</param>
    /// <param name="number">Number of the pool of the candidate.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="at">Where it would rather wait than go elsewhere.</param>
    public static Waiter Of(Workload workload, int number, Pool pool, Candidate at) =>
        new(workload.Id, number, at.Site, at.Pool, workload.Spec.Requirements[at.Alternative].PerNode, workload.Spec.Nodes, Room.OneFabric(pool, workload.Spec), at.Staging);
}
