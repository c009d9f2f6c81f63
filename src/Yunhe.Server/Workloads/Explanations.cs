using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;
using Yunhe.Server.Mapping;

namespace Yunhe.Server.Workloads;

/// <summary>Says why a workload is where it is, or why it waits.</summary>
internal static class Explanations
{
    /// <summary>An array may have very many tasks.</summary>
    private const int MostLookedAt = 1000;

    /// <param name="index">Of a task of an array; null: one that tells of the whole.</param>
    /// <returns>Null: there is no such task.</returns>
    public static ExplainView? Of(State state, WorkloadId id, int? index, DateTimeOffset now)
    {
        var workload = state.Workload(id)!;
        if (index is { } wanted && workload.Spec.Array?.Indices.Contains(wanted) != true) return null;
        var task = index is { } i ? state.Task(new(id, i)) : Telling(state, workload);
        var phase = task?.Phase ?? (workload.Rest?.Outcome ?? (workload.QueuedAt is null ? Phase.Submitted : Phase.Queued));
        var attempt = task?.Current;
        var waiting = phase is Phase.Queued or Phase.Submitted ? Controller.Forecast(state, workload, now) : null;
        return new()
        {
            Workload = id.ToString(),
            Summary = (index is null && workload.TaskCount > 1 ? $"{Counts(workload)}. " : "")
                + (waiting is null ? Past(workload, task, phase, attempt) : Waiting(workload, task, phase, waiting, now)),
            Placed = attempt is null ? null : Decisions.View(attempt.Decision, attempt.Id.ToString()),
            Now = waiting is null ? null : Decisions.View(waiting, null),
        };
    }

    /// <summary>Of an array one that tells of the whole: one that waits (null: none of them has begun), else one in the phase that the workload is in, else the first.</summary>
    private static WorkTask? Telling(State state, Workload workload)
    {
        if (workload.TaskCount == 1) return state.Task(workload.TaskAt(0));
        if (workload is { Unstarted: > 0, EndedAt: null, CancelRequested: false }) return null;
        var tasks = state.TasksOf(workload).Take(MostLookedAt).Select(t => t.Task).ToList();
        return tasks.Find(t => t.Phase == Phase.Queued) ?? tasks.Find(t => t.Phase == workload.Phase) ?? tasks.FirstOrDefault();
    }

    private static string Counts(Workload workload)
    {
        var c = workload.Counts;
        return $"{workload.TaskCount} tasks: " + string.Join(", ", new[] { (c.Submitted + c.Queued, "waiting"), (c.OnSite, "at a site"), (c.Finishing, "finishing"), (c.Succeeded, "succeeded"), (c.Failed, "failed"), (c.Cancelled, "cancelled") }
            .Where(p => p.Item1 > 0).Select(p => $"{p.Item1} {p.Item2}"));
    }

    private static string Past(Workload workload, WorkTask? task, Phase phase, Attempt? attempt)
    {
        if (attempt is null) return $"{phase.Word().Word()} without having begun: {task?.Detail ?? workload.Rest?.Detail}";
        var others = attempt.Decision.Candidates.Count(c => c.Excluded is null && c.Site != attempt.Site);
        var excluded = attempt.Decision.Candidates.Count(c => c.Excluded is not null) + attempt.Decision.Omitted;
        var why = workload.BoundSite == attempt.Site ? $"bound to it by quote {workload.QuoteId}"
            : attempt.Decision.Together is { } together ? Decisions.Say(together)
            : others == 0 ? "the only site that could take it"
            : $"the best of {others + 1} sites by {attempt.Decision.Objective.Word().Word()}";
        return $"{attempt.Id} went to {attempt.Site}: {why}{(excluded > 0 ? $"; {excluded} could not take it" : "")}. Now {phase.Word().Word()}"
            + (task is { Detail.Length: > 0 } ? $": {task.Detail}" : "")
            + (attempt is { EndedAt: null, CancelSent: true } ? $"; it is being ended{(attempt.GivesWay is { } to ? $", since it gives way to {to.To}" : "")}" : "")
            + (attempt.ResumesFrom is { } resumed ? $"; it resumed from the checkpoint that {resumed.From} had at {resumed.TakenAt:u}" : "");
    }

    private static string Span(TimeSpan span) => span.TotalSeconds < 120 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s")
        : span.TotalMinutes < 120 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.#} h");

    private static string Waiting(Workload workload, WorkTask? task, Phase phase, Decision decision, DateTimeOffset now)
    {
        if (phase == Phase.Submitted)
            return $"waits for {string.Join(", ", workload.Spec.Dependencies.Select(d => $"{((DependencyWord)d.Kind).Word()}:{d.Workload}"))}";
        if (task?.NotBefore is { } notBefore && notBefore > now) return $"is tried again at {notBefore:u}: {task.Detail}";
        if (task is null && workload.Held is { } held && held.Until > now) return $"waits until {held.Until:u}: {held.Why}";
        if (workload.Spec.Array?.Limit is { } limit && limit <= workload.Counts.OnSite) return $"waits for tasks of its own: its array runs {limit} at once";
        var gaveWay = task?.Current?.GivesWay is { } other ? $"gave way to {other.To}; " : "";
        return gaveWay + decision.Candidates switch
        {
            [{ Excluded: null, FreeNow: true } best, ..] => $"is about to go to {best.Site}",
            [{ Excluded: null } best, ..] => $"waits for room: {best.Site} is the best choice, in about {Span(best.WaitP50)}, nine times in ten within {Span(best.WaitP90)}" + (best.WaitsFor is { } why ? $"; {why}" : ""),
            [] => "waits for a site: none is attached",
            _ => "waits for a site that can take it: "
                + string.Join(" | ", decision.Candidates.Take(5).Select(c => $"{c.Site}: {c.Excluded}")),
        };
    }
}
