using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>Arrays that run only so many tasks at once, and those that wait for another task by task.</summary>
public sealed class ArrayTests
{
    [Fact]
    public void The_next_task_of_a_limited_array_that_waits_task_by_task_starts_when_the_one_before_has_ended()
    {
        var net = new Net(Net.Site(nodes: 8));
        var first = net.Submit(Net.Job() with { Array = new([0, 1], null) });
        net.Submit(Net.Job() with { Array = new([0, 1], 1), Dependencies = [new(DependencyKind.AfterCorresponding, first)] });
        foreach (var id in net.Start()) net.End(id);
        var one = Assert.Single(net.Start());
        net.Finish(one);
        Assert.Single(net.Tick());
    }

    [Fact]
    public void A_task_of_a_limited_array_that_is_tried_again_starts_when_the_last_of_the_others_has_ended()
    {
        var net = new Net(Net.Site(nodes: 8));
        net.Submit(Net.Job() with { Array = new([0, 1], 1), Retries = 3 });
        net.End(net.Start()[0], FailureReason.ExitCode);
        // The other goes while the first waits for a second.
        net.Now = net.Now.AddSeconds(-0.9);
        var other = Assert.Single(net.Start());
        net.Wait(10, step: 1);
        net.Finish(other);
        Assert.Single(net.Tick());
    }

    [Fact]
    public void The_task_that_did_not_succeed_is_the_one_that_is_named()
    {
        var net = new Net(Net.Site(nodes: 8));
        var array = Net.Job() with { Array = new([0], null) };
        var (good, bad) = (net.Submit(array), net.Submit(array));
        var behind = net.Submit(array with { Dependencies = [new(DependencyKind.AfterCorresponding, good), new(DependencyKind.AfterCorresponding, bad)] });
        net.Start();
        net.End(new(new(good, 0), 1));
        net.End(new(new(bad, 0), 1), FailureReason.ExitCode);
        Assert.Equal($"task 0 of {bad} did not succeed", net.State.Task(new(behind, 0))!.Detail);
    }

    [Fact]
    public void Tasks_are_released_one_by_one_also_where_the_array_waits_for_something_else_too()
    {
        var net = new Net(Net.Site(nodes: 8));
        var (array, other) = (net.Submit(Net.Job() with { Array = new([0, 1], null) }), net.Submit(Net.Job()));
        var behind = net.Submit(Net.Job() with
        {
            Array = new([0, 1], null), Dependencies = [new(DependencyKind.AfterCorresponding, array), new(DependencyKind.AfterAny, other)],
        });
        var started = net.Start();
        net.End(new(new(array, 0), 1));
        Assert.Empty(net.Tick());
        net.End(started.Single(id => id.Task.Workload == other));
        Assert.Equal(new TaskId(behind, 0), Assert.Single(net.Tick()).Attempt.Task);
        net.End(new(new(array, 1), 1));
        Assert.Equal(new TaskId(behind, 1), Assert.Single(net.Tick()).Attempt.Task);
    }

    [Fact]
    public void A_task_behind_one_that_is_never_to_start_is_told_at_once()
    {
        var net = new Net(Net.Site(nodes: 2));
        var array = new ArraySpec([1, 2], null);
        var a = net.Submit(Net.Job() with { Array = array });
        var b = net.Submit(Net.Job() with { Array = array, Dependencies = [new(DependencyKind.AfterCorresponding, a)] });
        var c = net.Submit(Net.Job() with { Array = array, Dependencies = [new(DependencyKind.AfterCorresponding, b)] });
        var running = net.Start();
        net.End(running[0], FailureReason.ExitCode);
        net.Wait(60);
        Assert.Equal((Phase.Failed, Phase.Failed), (net.State.Task(new(b, 1))?.Phase, net.State.Task(new(c, 1))?.Phase));
    }

    [Fact]
    public void A_limited_array_keeps_its_nodes_from_task_to_task()
    {
        var net = new Net(Net.Site(nodes: 2));
        var array = net.Submit(Net.Job() with { Array = new([.. Enumerable.Range(0, 6)], 2), Priority = 10 });
        for (var i = 0; i < 4; i++) net.Submit(Net.Job());
        for (var done = 0; done < 6;)
            foreach (var id in net.Start())
            {
                Assert.Equal(array, id.Task.Workload);
                net.Finish(id);
                done++;
            }
        Assert.Equal(2, net.Start().Count(id => id.Task.Workload != array));
    }
}
