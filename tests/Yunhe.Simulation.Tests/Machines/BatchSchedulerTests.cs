using Yunhe.Core.Scheduling.Queueing;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>Small schedules made by hand: a machine of ten processors.</summary>
public sealed class BatchSchedulerTests
{
    private static BatchScheduler Machine(QueuePolicy policy, IRunTimePrediction? prediction = null) => new(10, policy, prediction ?? new RequestedTime());

    private static int Submit(BatchScheduler machine, int processors, long requested, long now = 0, int user = 0) =>
        machine.Submit(new(processors, requested) { Submit = now, User = user }, now);

    private static int[] Started(BatchScheduler machine, long now) => machine.Schedule(now).ToArray();

    [Fact]
    public void Without_backfill_a_blocked_head_blocks_all()
    {
        var machine = Machine(QueuePolicy.Fcfs);
        var (first, head, small) = (Submit(machine, 6, 100), Submit(machine, 8, 100), Submit(machine, 1, 1));
        Assert.Equal([first], Started(machine, 0));
        machine.End(first, 50);
        Assert.Equal([head, small], Started(machine, 50));
    }

    [Fact]
    public void EASY_lets_overtake_what_ends_by_the_reservation_or_takes_what_the_head_leaves()
    {
        var machine = Machine(QueuePolicy.Easy);
        var running = Submit(machine, 6, 100);
        Submit(machine, 8, 100);
        var tooLong = Submit(machine, 3, 101);
        var justInTime = Submit(machine, 2, 100);
        var inTheSpare = Submit(machine, 2, 5000);
        var noSpareLeft = Submit(machine, 1, 5000);
        Assert.Equal([running, justInTime, inTheSpare], Started(machine, 0));
        Assert.Equal([-1L, -1L], [machine.Start(tooLong), machine.Start(noSpareLeft)]);
    }

    [Fact]
    public void Candidates_may_be_tried_shortest_first()
    {
        var machine = Machine(QueuePolicy.EasyShortestFirst);
        var running = Submit(machine, 6, 100);
        Submit(machine, 8, 100);
        Submit(machine, 3, 90);
        var shortest = Submit(machine, 3, 10);
        Assert.Equal([running, shortest], Started(machine, 0));
    }

    [Fact]
    public void RLSchedulers_rule_is_strict_and_knows_no_spare_processors()
    {
        var machine = Machine(new(new FirstComeFirstServed(), Backfill.BeforeHead) { KeepsHead = true });
        var running = Submit(machine, 6, 100);
        Submit(machine, 8, 100);
        Submit(machine, 1, 100);
        Submit(machine, 1, 5000);
        var before = Submit(machine, 1, 99);
        Assert.Equal([running, before], Started(machine, 0));
    }

    [Fact]
    public void A_kept_head_stays_the_head_when_a_better_one_arrives_and_else_gives_way()
    {
        foreach (var keeps in new[] { true, false })
        {
            var machine = Machine(new(new ShortestRequested(), Backfill.None) { KeepsHead = keeps });
            var running = Submit(machine, 6, 100);
            var head = Submit(machine, 8, 100);
            Assert.Equal([running], Started(machine, 0));
            var better = Submit(machine, 4, 10, 1);
            Assert.Equal(keeps ? [] : [better], Started(machine, 1));
            machine.End(running, 5);
            Assert.Equal(keeps ? [head] : [], Started(machine, 5));
        }
    }

    [Fact]
    public void Conservative_backfill_keeps_the_promise_to_every_waiting_job()
    {
        var machine = Machine(QueuePolicy.Conservative);
        var (running, head, second) = (Submit(machine, 6, 100), Submit(machine, 8, 100), Submit(machine, 4, 150));
        // It would fit now and not delay the head, but the second, which has a promise for 200.
        var third = Submit(machine, 2, 300);
        Assert.Equal([running, third], Started(machine, 0));
        Assert.Equal((100, 200), (machine.PlannedStart(head), machine.PlannedStart(second)));
        var fourth = Submit(machine, 5, 300, 1);
        Assert.Equal([], Started(machine, 1));
        Assert.Equal((100, 200, 300), (machine.PlannedStart(head), machine.PlannedStart(second), machine.PlannedStart(fourth)));
        machine.End(running, 40);
        Assert.Equal([head], Started(machine, 40));
        Assert.Equal((140, 290), (machine.PlannedStart(second), machine.PlannedStart(fourth)));
    }

    [Fact]
    public void EASY_plus_plus_expects_the_mean_of_a_users_last_two_and_corrects_it_in_steps_up_to_the_request()
    {
        var prediction = new RecentMean();
        var machine = Machine(QueuePolicy.EasyShortestFirst, prediction);
        foreach (var ran in new[] { 999, 20, 40 }) prediction.Learn(new(1, 1000) { User = 7 }, ran);
        var slot = Submit(machine, 5, 200, user: 7);
        Assert.Equal(30, machine.Predicted(slot));
        machine.Schedule(0);
        machine.Schedule(30);
        Assert.Equal(90, machine.ExpectedEnd(slot));
        machine.Schedule(90);
        Assert.Equal(200, machine.ExpectedEnd(slot));
        machine.Schedule(200);
        Assert.True(machine.ExpectedEnd(slot) > 200);
    }

    [Fact]
    public void The_correct_WFP3_prefers_the_long_wait_in_proportion_to_the_request_and_the_larger_job()
    {
        var order = new Wfp3();
        Assert.True(order.Key(new(4, 100), 100, 50) < order.Key(new(4, 200), 200, 50));
        Assert.True(order.Key(new(8, 100), 100, 50) < order.Key(new(4, 100), 100, 50));
        Assert.True(order.Key(new(4, 100), 100, 60) < order.Key(new(4, 100), 100, 50));
    }

    [Fact]
    public void What_is_cancelled_no_longer_blocks_and_a_smaller_machine_starts_less()
    {
        var machine = Machine(QueuePolicy.Fcfs);
        var (running, head, behind) = (Submit(machine, 6, 100), Submit(machine, 8, 100), Submit(machine, 4, 100));
        Assert.Equal([running], Started(machine, 0));
        machine.Cancel(head);
        machine.Resize(8);
        Assert.Equal([], Started(machine, 1));
        machine.Resize(10);
        Assert.Equal([behind], Started(machine, 2));
        Assert.Throws<InvalidOperationException>(() => machine.End(head, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Submit(machine, 11, 1));
    }

    [Fact]
    public void A_copy_rolled_forward_leaves_the_original_as_it_is()
    {
        foreach (var policy in new[] { QueuePolicy.Easy, QueuePolicy.EasyShortestFirst, QueuePolicy.Conservative })
        {
            var prediction = new RecentMean();
            var machine = Machine(policy, prediction);
            var (running, head) = (Submit(machine, 6, 100), Submit(machine, 8, 100));
            machine.Schedule(0);
            var copy = new BatchScheduler(1, policy, new FrozenPrediction(prediction));
            machine.CopyTo(copy);
            copy.End(running, 10);
            Assert.Equal([head], Started(copy, 10));
            Assert.Equal((1, 1, -1L), (machine.Running, machine.Waiting, machine.Start(head)));
            Assert.Equal([], Started(machine, 10));
        }
    }
}
