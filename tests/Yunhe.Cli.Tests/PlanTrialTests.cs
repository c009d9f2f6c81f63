using Yunhe.Cli.Siting;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Tests;

/// <summary>A plan of two sites whose figures are made by hand: 80 devices of which 40 are busy, and 160 of which 120 are; one of the trial for each.</summary>
public sealed class PlanTrialTests
{
    private const int Days = 20;

    private static readonly TryOptions Options = new() { Runs = true, Free = true, Devices = 240, Days = Days };

    private static readonly SitingRequest Request = new()
    {
        StartYear = 2026,
        Years = 1,
        Demand = [new() { Place = "hangzhou", Kind = DemandKind.Inference, DataType = DataType.Bf16, Pflops = 40 }, new() { Place = "hangzhou", Kind = DemandKind.Training, DataType = DataType.Bf16, Pflops = 120 }],
        Candidates = [new() { Place = "guian-cluster", Name = "west", MaxMw = 20 }, new() { Place = "wuhu-cluster", Name = "east", MaxMw = 20 }],
        Accelerators = [new() { Name = "card", Tflops = new Dictionary<DataType, double> { [DataType.Bf16] = 1000 }, Watts = 500, PriceCny = 1 }],
    };

    [Fact]
    public void Each_lane_has_the_plan_s_work_and_may_go_only_where_the_plan_serves_it()
    {
        var jobs = PlanTrial.JobsOf(Request, Year(busyEast: 120), Options, isFree: false);
        foreach (var (site, busy) in ((string, double)[])[("west", 40), ("east", 120)])
        {
            var lane = jobs.Where(j => j.Sites.Single() == site).ToList();
            Assert.Equal(busy * Days * 86_400, lane.Sum(j => (double)j.RunTime * j.Nodes * j.Accelerators), busy * Days * 86_400 * 1e-3);
        }
    }

    [Fact]
    public void With_the_site_free_the_jobs_are_the_same_and_may_go_to_all_that_is_near()
    {
        var (planned, free) = (PlanTrial.JobsOf(Request, Year(busyEast: 120), Options, isFree: false), PlanTrial.JobsOf(Request, Year(busyEast: 120), Options, isFree: true));
        Assert.Equal(planned.Select(j => (j.Submit, j.RunTime, j.Nodes, j.Accelerators)), free.Select(j => (j.Submit, j.RunTime, j.Nodes, j.Accelerators)));
        Assert.All(free, j => Assert.Equal(["west", "east"], j.Sites));
    }

    [Fact]
    public void A_plan_with_room_holds_and_its_sites_are_as_busy_as_it_says()
    {
        var trial = PlanTrial.Run(Request, Year(busyEast: 120), Options, CancellationToken.None);
        Assert.True(trial.Holds, string.Join("; ", trial.Because));
        Assert.Equal(240, trial.Devices);
        Assert.Equal(50, Row(trial, "busy devices, west").Plan, 6);
        Assert.Equal(50, Row(trial, "busy devices, west").Trial, 5.0);
        Assert.Equal(75, Row(trial, "busy devices, east").Plan, 6);
        Assert.Equal(75, Row(trial, "busy devices, east").Trial, 5.0);
        // 160 busy devices of 0.5 kW for 8,760 h at a PUE of 1.2, and 2 yuan an hour of each.
        foreach (var (what, plan) in ((string, double)[])[("energy of busy devices", 160 * 0.5 * 8760 * 1.2 / 1e6), ("cost of busy devices", 160 * 2 * 8760 / 1e6)])
        {
            Assert.Equal(plan, Row(trial, what).Plan, 1e-6);
            Assert.Equal(plan, Row(trial, what).Trial, 1e-3 * plan);
        }
        Assert.Equal(Days / 365.0, trial.ShareOfYear, 6);
        Assert.NotEmpty(trial.FreeWaits);
    }

    [Fact]
    public void A_plan_that_sends_more_than_a_site_can_do_does_not_hold_and_says_where()
    {
        var trial = PlanTrial.Run(Request, Year(busyEast: 240), Options with { Free = false }, CancellationToken.None);
        Assert.False(trial.Holds);
        Assert.Contains(trial.Because, b => b.Contains("east", StringComparison.Ordinal));
        Assert.Contains(trial.Because, b => b.StartsWith("training jobs wait", StringComparison.Ordinal));
        Assert.Empty(trial.FreeWaits);
    }

    [Theory]
    [InlineData(1024, 1140.5, 1, 1)]
    [InlineData(10240, 1140.5, 2, 4)]
    [InlineData(34560, 228.1, 19, 8)]
    public void A_pool_in_small_keeps_its_size_as_near_as_whole_nodes_allow_and_has_a_scale_of_its_own(long devices, double scale, int nodes, int each)
    {
        var pool = TrialPool.Of(new Standing("west", "card", devices, 0.5, 1, 1), scale);
        Assert.Equal((nodes, each), (pool.Nodes, pool.DevicesPerNode));
        Assert.Equal(devices, pool.Devices * pool.Scale, 6);
    }

    private static TrialRow Row(TrialResult trial, string what) => trial.Rows.Single(r => r.What == what);

    private static YearOfPlan Year(double busyEast) => new()
    {
        Year = 2026,
        Sites = [Site("west", 40, 80), Site("east", busyEast, 160)],
        Standing = [new("west", "card", 80, 40 / 80.0, 2, 0.5), new("east", "card", 160, busyEast / 160, 2, 0.5)],
        Work = [new("west", "card", DemandKind.Inference, DataType.Bf16, 40, 40), new("east", "card", DemandKind.Training, DataType.Bf16, busyEast, busyEast)],
        Flows = [new(0, "hangzhou", DemandKind.Inference, DataType.Bf16, "west", 40, 15), new(1, "hangzhou", DemandKind.Training, DataType.Bf16, "east", busyEast, 5)],
        CapitalCny = 0, OperatingCny = 0, EnergyGwh = 1, GreenShare = 0, CarbonKt = 1, Eflops = 1, DemandPflops = 160, ServedPflops = 160,
    };

    private static SiteYear Site(string name, double busy, double devices) => new(name, devices * 0.5 / 1000, busy * 0.5 * 8.76 * 1.2 / 1000, 0, 1, 1, 1.2);
}
