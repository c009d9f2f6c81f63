using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

public sealed class LifecycleTests
{
    [Fact]
    public void What_has_ended_never_changes_again()
    {
        foreach (var ended in Enum.GetValues<Phase>().Where(p => p.IsTerminal()))
            foreach (var other in Enum.GetValues<Phase>())
                Assert.Throws<IllegalTransitionException>(() => ended.To(other, "w1"));
    }

    [Fact]
    public void Success_comes_only_after_results_were_brought_back() =>
        Assert.Equal([Phase.Finishing], Enum.GetValues<Phase>().Where(p => p.MayBecome(Phase.Succeeded)));

    [Fact]
    public void Every_phase_can_be_reached_and_every_one_that_has_not_ended_can_be_left()
    {
        foreach (var phase in Enum.GetValues<Phase>())
        {
            if (phase != Phase.Submitted) Assert.Contains(Enum.GetValues<Phase>(), from => from.MayBecome(phase));
            if (!phase.IsTerminal()) Assert.Contains(Enum.GetValues<Phase>(), to => phase.MayBecome(to));
        }
    }

    [Fact]
    public void A_workload_is_as_far_as_its_furthest_task_and_ends_with_its_worst()
    {
        var counts = default(PhaseCounts).Add(Phase.Queued, 2);
        Assert.Equal(Phase.Queued, counts.Overall);
        counts = counts.Move(Phase.Queued, Phase.Running);
        Assert.Equal(Phase.Running, counts.Overall);
        counts = counts.Move(Phase.Running, Phase.Finishing).Move(Phase.Finishing, Phase.Failed).Move(Phase.Queued, Phase.Succeeded);
        Assert.Equal(Phase.Failed, counts.Overall);
        Assert.Equal(2, counts.Total);
    }
}
