namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>What is being placed: one task of a workload that exists, or that a quote asks about.</summary>
/// <param name="Spent">What the workload has cost so far, against its budget.</param>
/// <param name="BoundSite">The site of the quote that it is bound to, null: any; and that site's prices at the time.</param>
/// <param name="Avoid">A site that has just failed it; taken only when no other is free.</param>
internal sealed record Subject(
    WorkloadSpec Spec, string Owner, Money Spent, string? BoundSite = null, PriceBook? BoundPrices = null, string? Avoid = null)
{
    private (RunHistory From, double? Mean)? work;

    /// <summary>Mean work of its earlier runs, looked up once: it is weighed at several sites; null: there are none.</summary>
    public double? MeanWork(RunHistory history)
    {
        if (work?.From != history) work = (history, history.Mean(Owner, Spec.Name));
        return work.Value.Mean;
    }

    /// <summary>What the attempts under way are expected to cost, against its budget.</summary>
    public Money Committed { get; init; }

    /// <summary>Run time that its checkpoint spares it.</summary>
    public TimeSpan Done { get; init; }

    /// <summary>The only sites that come into question; null: any.</summary>
    public IReadOnlyList<string>? NamedSites => BoundSite is { } bound ? [bound] : Spec.Sites.Count > 0 ? Spec.Sites : null;

    public string Project => Spec.Project ?? Shares.Project.Default;

    /// <summary>It has limits of its own, by which some candidates may be excluded.</summary>
    public bool IsLimited => Spec.Deadline is not null || Spec.Budget is not null;

    public static Subject Of(Workload workload, WorkTask? task) => Of(workload, task?.Avoid, task?.Checkpoint?.Covers ?? TimeSpan.Zero);

    public static Subject Of(Workload workload, string? avoid = null, TimeSpan done = default) =>
        new(workload.Spec, workload.Owner, workload.Cost, workload.BoundSite, workload.BoundPrices, avoid) { Committed = workload.Committed, Done = done };
}
