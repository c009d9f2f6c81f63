using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator.Live;

/// <summary>What a course of things comes to; means over the seeds.</summary>
public sealed record LiveRow(string WhatIf)
{
    /// <summary>Had not ended in the snapshot.</summary>
    public int Workloads { get; init; }

    /// <summary>Of those with a deadline: not succeeded by then.</summary>
    public double Late { get; init; }

    /// <summary>Ended more than a minute later than as it is, or not at all.</summary>
    public double Delayed { get; init; }

    public double Failed { get; init; }

    public double Unfinished { get; init; }

    /// <summary>From the snapshot to the start of those that had not begun, in seconds; null: there are none.</summary>
    public double? Wait { get; init; }

    /// <summary>Seconds until the last of them has ended.</summary>
    public double Makespan { get; init; }

    public double Cost { get; init; }

    public double EnergyKwh { get; init; }

    public double CarbonKg { get; init; }
}

/// <summary>Courses of things from one snapshot, the first as it is.</summary>
public static class LiveComparison
{
    public static IReadOnlyList<LiveRow> Run(LiveSnapshot snapshot, IReadOnlyList<WhatIf> whatIfs, int seeds, int parallel, CancellationToken cancel)
    {
        WhatIf[] all = [WhatIf.BaseLine, .. whatIfs];
        var outcomes = new IReadOnlyList<LiveOutcome>[all.Length, seeds];
        Parallel.For(0, all.Length * seeds, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel }, n =>
            outcomes[n / seeds, n % seeds] = new LiveRun(snapshot, all[n / seeds], n % seeds + 1).Run(cancel));
        cancel.ThrowIfCancellationRequested();
        return [.. all.Select((whatIf, i) => Mean(whatIf, [.. Enumerable.Range(0, seeds).Select(s => RowOf(whatIf, snapshot, outcomes[i, s], outcomes[0, s]))]))];
    }

    private static LiveRow RowOf(WhatIf whatIf, LiveSnapshot snapshot, IReadOnlyList<LiveOutcome> outcomes, IReadOnlyList<LiveOutcome> baseLine)
    {
        var begun = outcomes.Where(o => o.StartedAt > snapshot.At).Select(o => (o.StartedAt!.Value - snapshot.At).TotalSeconds).ToList();
        return new(whatIf.Text)
        {
            Workloads = outcomes.Count,
            Late = outcomes.Count(o => o.IsLate),
            Delayed = outcomes.Zip(baseLine).Count(p => p.Second.EndedAt is { } before && !(p.First.EndedAt <= before.AddMinutes(1))),
            Failed = outcomes.Count(o => o.Phase is Phase.Failed or Phase.Cancelled),
            Unfinished = outcomes.Count(o => o.EndedAt is null),
            Wait = begun.Count > 0 ? begun.Average() : null,
            Makespan = outcomes.Max(o => (o.EndedAt - snapshot.At)?.TotalSeconds) ?? 0,
            Cost = outcomes.Sum(o => (double)o.Cost.ToDecimal()),
            EnergyKwh = outcomes.Sum(o => o.Energy.KWh),
            CarbonKg = outcomes.Sum(o => o.Carbon.Grams) / 1000,
        };
    }

    private static LiveRow Mean(WhatIf whatIf, IReadOnlyList<LiveRow> rows) => new(whatIf.Text)
    {
        Workloads = rows[0].Workloads,
        Late = rows.Average(r => r.Late),
        Delayed = rows.Average(r => r.Delayed),
        Failed = rows.Average(r => r.Failed),
        Unfinished = rows.Average(r => r.Unfinished),
        Wait = rows.Average(r => r.Wait),
        Makespan = rows.Average(r => r.Makespan),
        Cost = rows.Average(r => r.Cost),
        EnergyKwh = rows.Average(r => r.EnergyKwh),
        CarbonKg = rows.Average(r => r.CarbonKg),
    };
}
