namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>Copies of checkpoints: which of them a task's next attempt begins with.</summary>
internal static class CheckpointRules
{
    /// <summary>
    /// A copy counts while its attempt is the latest of the task. One that was taken while the attempt ran, and comes in after its end, is
    /// older than the one that is taken at the end.
    /// </summary>
    public static void Stored(Step step, CheckpointStored input)
    {
        if (Counting(step.State, input.Attempt, input.AtEnd) is not { } attempt) return;
        if (step.State.Task(input.Attempt.Task)!.Checkpoint?.Sha256 != input.Sha256)
            step.Emit(new CheckpointTaken(step.Now, new(input.Attempt, input.Sha256, input.Bytes, step.Now, Covered(attempt, input.SeenAt))));
        else if (attempt.CheckpointProblem is not null)
            step.Emit(new CheckpointNotTaken(step.Now, input.Attempt, null));
    }

    public static void Missed(Step step, CheckpointMissed input)
    {
        if (Counting(step.State, input.Attempt, input.AtEnd) is { } attempt && attempt.CheckpointProblem != input.Problem)
            step.Emit(new CheckpointNotTaken(step.Now, input.Attempt, input.Problem));
    }

    private static Attempt? Counting(State state, AttemptId id, bool atEnd) =>
        state.Attempt(id) is { Collected: false } attempt && state.Task(id.Task)!.Current!.Id == id && (atEnd || attempt.EndedAt is null) ? attempt : null;

    private static TimeSpan Covered(Attempt attempt, DateTimeOffset seenAt)
    {
        var ran = attempt.StartedAt is { } started && seenAt > started ? seenAt - started : TimeSpan.Zero;
        return (attempt.ResumesFrom?.Covers ?? TimeSpan.Zero) + attempt.RanBefore + ran;
    }
}
