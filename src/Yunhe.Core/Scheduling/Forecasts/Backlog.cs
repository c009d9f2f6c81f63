using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>
/// What waits as sums of work by accelerator model, against all pools that have it: how long they are busy with what is ahead. For queues and
/// networks that are too large to be laid out task by task.
/// </summary>
internal sealed class Backlog
{
    private readonly Dictionary<string, double> work = new(StringComparer.Ordinal);
    private readonly OpenCapacity capacity;

    /// <summary>What of it may run at some sites only, by class: of whom, of what, and how much.</summary>
    private readonly List<(Subject Subject, string Kind, double Work)> bound = [];
    private readonly State state;
    private readonly long first = long.MaxValue, last = long.MinValue;

    /// <param name="state">The network.</param>
    /// <param name="before">What is ahead of this place counts; null: all that waits.</param>
    /// <param name="without">How many of a class are counted elsewhere.</param>
    public Backlog(State state, Place? before, Func<ReadyClass, int>? without = null)
    {
        (this.state, capacity) = (state, state.OpenCapacity);
        foreach (var (alike, first) in state.Ready.Heads())
        {
            var workload = state.Workload(first.Workload)!;
            var entries = alike.Entries(first.Limited);
            (this.first, last) = (Math.Min(this.first, entries.First.Rank), Math.Max(last, entries.Last.Rank));
            var tasks = entries.Count * (first.Task is null ? Math.Min(workload.Unstarted, workload.Spec.Array?.Limit ?? int.MaxValue) : 1.0);
            tasks = tasks * Ahead(before, workload.Project, entries) - (without?.Invoke(alike) ?? 0);
            if (tasks <= 0) continue;
            var (kind, amount) = AmountOf(workload.Spec.Requirements[0]);
            var seconds = tasks * amount * workload.Spec.Nodes * state.Lengths.Expect(workload, 0);
            work[kind] = work.GetValueOrDefault(kind) + seconds;
            if (state.Sites.Count <= Placement.MostWeighed && Subject.Of(workload) is var subject && state.Sites.Any(s => SiteFilter.Unwanted(s.Site, subject) is not null)) bound.Add((subject, kind, seconds));
        }
    }

    /// <summary>How long pools like this one are busy with it.</summary>
    public double SecondsAt(Pool pool, bool accelerated)
    {
        if (work.Count == 0) return 0;
        if (!accelerated || pool.Accelerator is not { } model) return Seconds(OpenCapacity.Cores);
        var seconds = Seconds(AcceleratorCatalogue.Any);
        foreach (var kind in work.Keys.Order(StringComparer.Ordinal))
            if (kind != OpenCapacity.Cores && kind != AcceleratorCatalogue.Any && AcceleratorCatalogue.SameModel(kind, model)) seconds += work[kind] / Math.Max(1, capacity.Of(model));
        return seconds;
    }

    /// <summary>The same of a pool of one site, in a small network: what may run elsewhere only is not in its way, and what may run there keeps those sites busy alone.</summary>
    public double SecondsAt(Site site, Pool pool, bool accelerated)
    {
        var seconds = SecondsAt(pool, accelerated);
        foreach (var (subject, kind, amount) in bound)
        {
            if (!IsAhead(kind, pool, accelerated)) continue;
            seconds -= amount / Math.Max(1, capacity.Of(CapacityKind(kind, pool)));
            if (SiteFilter.Unwanted(site, subject) is not null) continue;
            seconds += amount / Math.Max(1, new OpenCapacity(state.Slots.Where(s => SiteFilter.Unwanted(s.State.Site, subject) is null)).Of(CapacityKind(kind, pool)));
        }
        return Math.Max(0, seconds);
    }

    private static bool IsAhead(string kind, Pool pool, bool accelerated) => accelerated && pool.Accelerator is { } model
        ? kind != OpenCapacity.Cores && (kind == AcceleratorCatalogue.Any || AcceleratorCatalogue.SameModel(kind, model))
        : kind == OpenCapacity.Cores;

    private static string CapacityKind(string kind, Pool pool) => kind == OpenCapacity.Cores || kind == AcceleratorCatalogue.Any ? kind : pool.Accelerator!;

    /// <summary>The same for one that waits, by its place between the first and the last of the queue; about, and found at once.</summary>
    public double Seconds(WorkloadSpec spec, Ready entry)
    {
        var (kind, _) = AmountOf(spec.Requirements[0]);
        var share = last <= first ? 1 : Math.Clamp((entry.Rank - first) / (double)(last - first), 0, 1);
        return share * (kind == OpenCapacity.Cores ? Seconds(OpenCapacity.Cores) : Seconds(AcceleratorCatalogue.Any) + (kind == AcceleratorCatalogue.Any ? 0 : Seconds(kind)));
    }

    private double Seconds(string kind) => work.GetValueOrDefault(kind) / Math.Max(1, capacity.Of(kind));

    private static (string Kind, double Amount) AmountOf(Requirement asked) =>
        asked.Accelerator is { } model ? (model, asked.PerNode.AcceleratorMilli / 1000.0) : (OpenCapacity.Cores, asked.PerNode.Cpus);

    /// <summary>Which share of them is ahead, if they are spread evenly between the first and the last. Of other projects all are.</summary>
    private static double Ahead(Place? before, string project, SortedChunks<Ready> entries)
    {
        if (before is not { } place || place.Project != project || place.Entry.CompareTo(entries.Last) > 0) return 1;
        var (first, last) = (entries.First.Rank, entries.Last.Rank);
        return last <= first || place.Entry.Rank <= first ? 0 : Math.Min(1, (place.Entry.Rank - first) / (double)(last - first));
    }
}
