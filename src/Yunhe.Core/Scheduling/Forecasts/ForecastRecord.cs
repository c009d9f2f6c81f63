using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>When a workload was foretold to start when it was handed in; kept until it starts, to be learned from.</summary>
/// <param name="Rolled">Seconds before calibration; 0: at once.</param>
/// <param name="P50">Of such forecasts half are too long.</param>
/// <param name="P90">Nine of ten starts come before.</param>
/// <param name="AtEngine">It would wait in the queue of a site that schedules itself; false: in Yunhe's own.</param>
public sealed record Foretold(double Rolled, TimeSpan P50, TimeSpan P90, bool AtEngine);

/// <summary>What forecasts have learned of themselves; see <see cref="ForecastRecord"/>.</summary>
/// <param name="Time">Up to when forecasts that came to nothing are known.</param>
/// <param name="Latest">When the latest was kept.</param>
/// <param name="Own">Of Yunhe's own queue.</param>
/// <param name="Engines">Of the queues of sites that schedule themselves.</param>
public sealed record ForecastSnapshot(DateTimeOffset Time, DateTimeOffset Latest, CalibrationSnapshot Own, CalibrationSnapshot Engines);

/// <summary>
/// Forecasts held against what became of them, and the next ones calibrated by it. It learns from stored facts only, each at the time of the
/// fact, so that a replay learns the same.
/// </summary>
internal sealed class ForecastRecord
{
    /// <summary>Between two that are kept: they cost a look at the whole queue, and what comes at once tells the same.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What starts so soon did not wait, and teaches nothing of waits: nine of ten is to hold for those that wait, and not to be made up by those
    /// that don't. One that was foretold to start at once and did not is a forecast that failed.
    /// </summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(2);

    private readonly PriorityQueue<WorkloadId, (DateTimeOffset Due, WorkloadId)> due50 = new(), due90 = new();
    private readonly Dictionary<WorkloadId, (Foretold Foretold, DateTimeOffset Made)> open = [];
    private Calibration own = new(), engines = new();
    private DateTimeOffset time;
    private DateTimeOffset latest;

    public bool Wants(DateTimeOffset now) => now - latest >= Interval || now < latest;

    public (TimeSpan P50, TimeSpan P90) Calibrate(double rolled, bool atEngine)
    {
        var (p50, p90) = Of(atEngine).Apply(rolled);
        return (RunTime.Sane(p50), RunTime.Sane(p90));
    }

    public void Keep(WorkloadId workload, Foretold foretold, DateTimeOffset made)
    {
        Advance(made);
        latest = made;
        Watch(workload, foretold, made);
    }

    /// <summary>Null: no forecast of it is kept.</summary>
    public Foretold? Find(WorkloadId workload) => open.TryGetValue(workload, out var one) ? one.Foretold : null;

    /// <summary>It has waited for so long until it started.</summary>
    public void Started(WorkloadId workload, DateTimeOffset at, TimeSpan waited)
    {
        if (!open.ContainsKey(workload)) return;
        Advance(at);
        open.Remove(workload, out var one);
        if (waited < AtOnce) return;
        var calibration = Of(one.Foretold.AtEngine);
        if (one.Foretold.Rolled > 0) calibration.Learn(one.Foretold.Rolled, (long)waited.TotalSeconds);
        if (one.Made + one.Foretold.P50 + AtOnce >= time) calibration.Steer50(before: true);
        if (one.Made + one.Foretold.P90 + AtOnce >= time) calibration.Steer90(before: true);
    }

    /// <summary>It will not start.</summary>
    public void Forget(WorkloadId workload) => open.Remove(workload);

    public ForecastSnapshot Capture() => new(time, latest, own.Capture(), engines.Capture());

    /// <param name="snapshot">What was captured.</param>
    /// <param name="kept">Those that had not started, in order.</param>
    public void Restore(ForecastSnapshot snapshot, IEnumerable<Workload> kept)
    {
        (time, latest, own, engines) = (snapshot.Time, snapshot.Latest, Calibration.Restore(snapshot.Own), Calibration.Restore(snapshot.Engines));
        foreach (var workload in kept) Watch(workload.Id, workload.Foretold!, workload.SubmittedAt);
    }

    private Calibration Of(bool atEngine) => atEngine ? engines : own;

    private void Watch(WorkloadId workload, Foretold foretold, DateTimeOffset made)
    {
        open[workload] = (foretold, made);
        if (made + foretold.P50 + AtOnce >= time) due50.Enqueue(workload, (made + foretold.P50, workload));
        if (made + foretold.P90 + AtOnce >= time) due90.Enqueue(workload, (made + foretold.P90, workload));
    }

    /// <summary>A forecast fails when its time has passed, not when the work starts at last: else what takes long would be learned late.</summary>
    private void Advance(DateTimeOffset now)
    {
        if (now <= time) return;
        time = now;
        for (; due50.TryPeek(out var id, out var due) && due.Due + AtOnce < now; due50.Dequeue())
            if (open.TryGetValue(id, out var one)) Of(one.Foretold.AtEngine).Steer50(before: false);
        for (; due90.TryPeek(out var id, out var due) && due.Due + AtOnce < now; due90.Dequeue())
            if (open.TryGetValue(id, out var one)) Of(one.Foretold.AtEngine).Steer90(before: false);
    }
}
