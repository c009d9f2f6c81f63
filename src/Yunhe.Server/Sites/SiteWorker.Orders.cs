using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Server.Sites;

/// <summary>Starting, cancelling and calling back.</summary>
internal sealed partial class SiteWorker
{
    /// <returns>Whether anything was started, so that a look is worth while.</returns>
    private async Task<bool> StartsAsync(IEngine engine)
    {
        var due = Due<StartAttempt>();
        var began = false;
        foreach (var fresh in due.GroupBy(o => o.MayExist))
            foreach (var some in fresh.Chunk(StartsAtOnce))
                began |= await StartAsync(engine, some, fresh.Key);
        return began;
    }

    private async Task<bool> StartAsync(IEngine engine, PendingOrder[] starts, bool mayExist)
    {
        // 1. What is still wanted.
        var plans = await loop.ReadAsync(state => starts.Select(s => PlanOf(state, s.Effect.Attempt)).ToList());
        var wanted = new List<(PendingOrder Order, Launch Launch)>();
        var answers = new List<Outcome>();
        for (var i = 0; i < starts.Length; i++)
        {
            if (plans[i] is not { } plan) answers.Add(new(starts[i], new EffectDone(starts[i].Effect), mayExist));
            else if (plan.Cancelled && !mayExist)
                answers.Add(new(starts[i], new AttemptNotStarted(starts[i].Effect.Attempt, "cancelled before it was started"), false));
            else wanted.Add((starts[i], plan.Launch));
        }

        // 2. Start those.
        if (wanted.Count > 0)
        {
            var results = await AskAsync(engine, [.. wanted.Select(w => w.Launch)], mayExist);
            answers.AddRange(wanted.Zip(results, (w, result) => new Outcome(w.Order, AnswerOf(w.Order, result), result.Outcome != StartOutcome.NotStarted)));
        }

        // 3. Tell, all together, so that they share a transaction; what can't be told is asked for again.
        var told = await Task.WhenAll(answers.Select(a => a.Answer is null ? Task.FromResult(false) : TellAsync(a.Answer)));
        for (var i = 0; i < told.Length; i++)
        {
            if (told[i]) Done(answers[i].Order);
            else Later(answers[i].Order, answers[i].MayExist);
        }

        return wanted.Count > 0;
    }

    private async Task<IReadOnlyList<StartResult>> AskAsync(IEngine engine, List<Launch> launches, bool mayExist)
    {
        try
        {
            return await engine.StartAsync(launches, mayExist, stopping.Token);
        }
        catch (Exception e) when (IsOutage(e))
        {
            return [.. launches.Select(_ => new StartResult(StartOutcome.Unknown, Detail: e.Message))];
        }
    }

    private static Input? AnswerOf(PendingOrder order, StartResult result) => result.Outcome switch
    {
        StartOutcome.Started => new AttemptAccepted(order.Effect.Attempt, result.EngineJob, result.Detail),
        StartOutcome.Refused => new AttemptRefused(order.Effect.Attempt, result.Reason ?? FailureReason.Refused, result.Detail),
        StartOutcome.NotStarted when order.Tries + 1 >= StartTries => new AttemptNotStarted(order.Effect.Attempt, result.Detail),
        _ => null,
    };

    private Task CancelsAsync(IEngine engine) =>
        EndAsync<CancelAttempt>(attempts => engine.CancelAsync(attempts, options.CancelGrace, stopping.Token));

    private Task RecallsAsync(IEngine engine) => EndAsync<RecallAttempt>(attempts => engine.RecallAsync(attempts, stopping.Token));

    private async Task EndAsync<T>(Func<IReadOnlyList<AttemptId>, Task> end) where T : Effect
    {
        var starting = todo.Where(o => o.Effect is StartAttempt).Select(o => o.Effect.Attempt).ToHashSet();
        var due = Due<T>().Where(o => !starting.Contains(o.Effect.Attempt)).ToList();
        if (due.Count == 0) return;
        try
        {
            await end([.. due.Select(o => o.Effect.Attempt)]);
        }
        catch (Exception e) when (IsOutage(e))
        {
            due.ForEach(o => Later(o, mayExist: true));
            return;
        }

        var told = await Task.WhenAll(due.Select(o => TellAsync(new EffectDone(o.Effect))));
        for (var i = 0; i < told.Length; i++)
        {
            if (told[i]) Done(due[i]);
            else Later(due[i], mayExist: true);
        }
    }

    /// <param name="Answer">Null: what came of it is not known, or it is tried again.</param>
    private sealed record Outcome(PendingOrder Order, Input? Answer, bool MayExist);

    private static (Launch Launch, bool Cancelled)? PlanOf(State state, AttemptId id) =>
        state.Attempt(id) is { EndedAt: null, Phase: Phase.Placed } attempt
            ? (new(id, state.Workload(id.Task.Workload)!.Spec, attempt.Requirement, attempt.Pool, attempt.Nodes) { Cards = attempt.Cards, Checkpoint = attempt.ResumesFrom }, attempt.CancelSent)
            : null;
}
