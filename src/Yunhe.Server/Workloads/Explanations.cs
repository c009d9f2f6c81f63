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
    /// <param name="index">Of a task of an array; null: the first.</param>
    /// <returns>Null: there is no such task.</returns>
    public static ExplainView? Of(State state, WorkloadId id, int? index, DateTimeOffset now)
    {
        var workload = state.Workload(id)!;
        if (index is { } wanted && workload.Spec.Array?.Indices.Contains(wanted) != true) return null;
        var task = state.Task(index is { } i ? new(id, i) : workload.TaskAt(0));
        var phase = task?.Phase ?? (workload.Rest?.Outcome ?? (workload.QueuedAt is null ? Phase.Submitted : Phase.Queued));
        var attempt = task?.Current;
        var waiting = phase is Phase.Queued or Phase.Submitted ? Controller.Forecast(state, workload, now) : null;
        return new()
        {
            Workload = id.ToString(),
            Summary = waiting is null ? Past(workload, task, phase, attempt) : Waiting(workload, task, phase, waiting, now),
            Placed = attempt is null ? null : Decisions.View(attempt.Decision, attempt.Id.ToString()),
            Now = waiting is null ? null : Decisions.View(waiting, null),
        };
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
        return decision.Candidates switch
        {
            [{ Excluded: null, FreeNow: true } best, ..] => $"is about to go to {best.Site}",
            [{ Excluded: null } best, ..] => $"waits for room: {best.Site} is the best choice, in about {Span(best.WaitP50)}, nine times in ten within {Span(best.WaitP90)}" + (best.WaitsFor is { } why ? $"; {why}" : ""),
            [] => "waits for a site: none is attached",
            _ => "waits for a site that can take it: "
                + string.Join(" | ", decision.Candidates.Take(5).Select(c => $"{c.Site}: {c.Excluded}")),
        };
    }
}
