using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class TrialStreamTests
{
    [Fact]
    public void The_lanes_of_a_pool_keep_as_many_devices_busy_as_the_plan_says_and_lead_where_it_serves()
    {
        var request = SitingPlannerTests.Small(1);
        var year = SitingPlanner.Plan(request, new()).Plan!.Years[^1];
        var streams = TrialStreams.Of(request, year);
        foreach (var pool in year.Standing)
            Assert.Equal(pool.Devices * pool.Busy, streams.Where(s => s.Site == pool.Site && s.Accelerator == pool.Accelerator).Sum(s => s.BusyDevices), 1e-6 * pool.Devices);
        Assert.All(streams, s => Assert.Contains(year.Flows, f => f.Demand == s.Demand && f.Site == s.Site));
        Assert.All(streams, s => Assert.Contains(s.Site, s.Near));
    }
}
