using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

public sealed class CheckpointTests
{
    private static readonly AttemptId First = new(new(new(1)), 1);

    [Fact]
    public void A_job_that_fails_loses_only_what_it_did_since_its_last_checkpoint()
    {
        var simulation = Run(checkpointed: true, failAfterHours: 5.5);
        var task = simulation.State.Task(First.Task)!;
        Assert.Equal(Phase.Succeeded, task.Phase);
        Assert.Equal(TimeSpan.FromHours(5), task.Attempts[1].ResumesFrom!.Covers);
        // Of ten hours of work five were left, which take no less and not much more.
        Assert.InRange(task.Attempts[1].EndedAt!.Value - task.Attempts[1].StartedAt!.Value, TimeSpan.FromHours(5), TimeSpan.FromHours(5.1));
    }

    [Fact]
    public void A_problem_is_told_once_and_is_over_with_the_next_copy_though_it_be_the_same()
    {
        var simulation = New(checkpointed: true, hours: 10, every: TimeSpan.FromHours(1));
        simulation.Give(new Submit(Job(true), "admin", null, null));
        simulation.Run(TimeSpan.FromHours(1));
        simulation.Give(new CheckpointStored(First, "copy", 1, simulation.Now, AtEnd: false));
        for (var n = 0; n < 2; n++) simulation.Give(new CheckpointMissed(First, "too large", AtEnd: false));
        Assert.Equal("too large", simulation.State.Attempt(First)!.CheckpointProblem);
        for (var n = 0; n < 2; n++) simulation.Give(new CheckpointStored(First, "copy", 1, simulation.Now, AtEnd: false));
        Assert.Null(simulation.State.Attempt(First)!.CheckpointProblem);
        Assert.Equal(3, simulation.Log.Count(e => e is CheckpointTaken or CheckpointNotTaken));
    }

    [Fact]
    public void What_is_left_to_run_is_what_is_planned_with_and_not_learned_from()
    {
        var simulation = New(checkpointed: true, hours: 10, every: TimeSpan.FromHours(1));
        var job = Job(true) with { Estimate = TimeSpan.FromHours(10), Deadline = Networks.Start.AddHours(12) };
        simulation.Give(new Submit(job, "admin", null, null));
        simulation.Plan(Networks.Start.AddHours(5.5), () => simulation.Sites["a"].Break(First, FailureReason.NodeFailure, simulation.Now));
        simulation.Run(TimeSpan.FromDays(1));
        var task = simulation.State.Task(First.Task)!;
        Assert.Equal((Phase.Succeeded, TimeSpan.FromHours(5)), (task.Phase, task.Attempts[1].Decision.Candidates[0].RunTime));
        Assert.Empty(simulation.State.Capture().Learned!);
    }

    [Fact]
    public void Without_a_checkpoint_folder_it_begins_anew()
    {
        var task = Run(checkpointed: false, failAfterHours: 5.5).State.Task(First.Task)!;
        Assert.Null(task.Attempts[1].ResumesFrom);
        Assert.Equal(TimeSpan.FromHours(10), task.Attempts[1].EndedAt!.Value - task.Attempts[1].StartedAt!.Value);
    }

    [Theory]
    [InlineData(true, Phase.Succeeded)]
    [InlineData(false, Phase.Failed)]
    public void A_job_that_gets_on_outlives_any_number_of_faults_and_one_that_does_not_is_given_up(bool checkpointed, Phase end)
    {
        // Ten hours of work, a failure every 1.7 hours of them: 20 of them if it gets on by half an hour each time.
        var failures = 0;
        var simulation = New(checkpointed, hours: 10, every: TimeSpan.FromMinutes(30));
        simulation.Happened = fact =>
        {
            if (fact is AttemptStarted e && ++failures <= 20) simulation.Plan(simulation.Now + TimeSpan.FromMinutes(40), () => simulation.Sites["a"].Break(e.Attempt, FailureReason.NodeFailure, simulation.Now));
        };
        simulation.Give(new Submit(Job(checkpointed), "admin", null, null));
        simulation.Run(TimeSpan.FromDays(10));
        var task = simulation.State.Task(First.Task)!;
        Assert.Equal(end, task.Phase);
        Assert.Equal(checkpointed ? 20 : 11, task.Attempts.Length);
    }

    [Fact]
    public void A_copy_that_comes_after_its_attempt_has_ended_or_for_an_earlier_attempt_does_not_count()
    {
        var simulation = New(checkpointed: true, hours: 10, every: TimeSpan.FromHours(1));
        simulation.Give(new Submit(Job(true), "admin", null, null));
        simulation.Run(TimeSpan.FromHours(1));
        simulation.Give(new CheckpointStored(First, "first", 1, simulation.Now, AtEnd: false));
        simulation.Sites["a"].Break(First, FailureReason.NodeFailure, simulation.Now);
        simulation.Run(TimeSpan.FromHours(1));
        Assert.Equal(2, simulation.State.Task(First.Task)!.Attempts.Length);
        foreach (var atEnd in (bool[])[false, true]) simulation.Give(new CheckpointStored(First, "late", 1, simulation.Now, atEnd));
        Assert.Equal("first", simulation.State.Task(First.Task)!.Checkpoint!.Sha256);
        Assert.Equal(Yunhe.Simulator.Simulation.Text(simulation.State), Yunhe.Simulator.Simulation.Text(simulation.Replay()));
    }

    private static Yunhe.Simulator.Simulation Run(bool checkpointed, double failAfterHours)
    {
        var simulation = New(checkpointed, hours: 10, every: TimeSpan.FromHours(1));
        simulation.Give(new Submit(Job(checkpointed), "admin", null, null));
        simulation.Plan(Networks.Start.AddHours(failAfterHours), () => simulation.Sites["a"].Break(First, FailureReason.NodeFailure, simulation.Now));
        simulation.Run(TimeSpan.FromDays(10));
        return simulation;
    }

    private static Yunhe.Simulator.Simulation New(bool checkpointed, double hours, TimeSpan every) => new(
        1, Networks.Start, [Networks.Site("a")],
        _ => new(TimeSpan.FromHours(hours)) { Checkpoints = checkpointed ? new(every, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)) : null });

    private static WorkloadSpec Job(bool checkpointed) => Networks.Job() with { Checkpoint = checkpointed ? new("checkpoints", TimeSpan.FromMinutes(10)) : null };
}
