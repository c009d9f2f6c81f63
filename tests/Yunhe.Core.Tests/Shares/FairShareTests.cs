using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;

namespace Yunhe.Core.Tests.Shares;

public sealed class FairShareTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private static FairShare Network(params Project[] projects)
    {
        var shares = new FairShare();
        shares.SetCapacity("a", [new() { Name = "main", Nodes = 10, PerNode = new(10, 1000, 8), Accelerator = "A100" }]);
        foreach (var project in projects) shares.Set(project);
        return shares;
    }

    private static Use Cpus(long cpus) => new(cpus, 0, 0, null);

    private static Use Gpus(long count, string model = "A100") => new(0, 0, 1000 * count, model);

    private static void Hold(FairShare shares, string project, Use use, DateTimeOffset? from = null, DateTimeOffset? to = null, bool pinned = false)
    {
        for (var account = shares.AccountOf(project); account is not null; account = account.Tenant)
            account.Add(new("a", "main", use, to is null, false, pinned, from, to), Week, 1);
    }

    [Fact]
    public void Average_use_is_that_of_a_fine_sampling()
    {
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var use = new DecayedUse();
            var sampled = 0.0;
            for (var i = 0; i < 5; i++)
            {
                var from = Now.AddHours(-random.Next(1, 2000));
                var to = random.Next(3) == 0 ? (DateTimeOffset?)null : from.AddHours(random.Next(0, 300));
                if (to > Now) to = Now;
                var cpus = random.Next(1, 100);
                use.Add(Cpus(cpus), from, to, Week, 1);
                sampled += cpus * Sampled(from, to ?? Now);
            }
            Assert.Equal(sampled, use.At(Now, Week).Cpus, sampled * 1e-4 + 1e-9);
        }
    }

    /// <summary>Integral of the weight, as a share of that of all time.</summary>
    private static double Sampled(DateTimeOffset from, DateTimeOffset to)
    {
        const int Steps = 20_000;
        var step = (to - from) / Steps;
        var sum = 0.0;
        for (var i = 0; i < Steps; i++) sum += Math.Pow(2, -((Now - (from + step * (i + 0.5))) / Week));
        return sum * (step / Week) * Math.Log(2);
    }

    [Fact]
    public void Use_counts_half_after_a_half_life_and_always_use_counts_whole()
    {
        var use = new DecayedUse();
        use.Add(Cpus(8), Now.AddHours(-3), Now, Week, 1);
        var fresh = use.At(Now, Week).Cpus;
        Assert.Equal(fresh / 2, use.At(Now + Week, Week).Cpus, 1e-9);
        Assert.Equal(fresh / 1024, use.At(Now + 10 * Week, Week).Cpus, 1e-9);
        var always = new DecayedUse();
        always.Add(Cpus(8), Now.AddYears(-5), null, Week, 1);
        Assert.Equal(8, always.At(Now, Week).Cpus, 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24 * 7)]
    [InlineData(24 * 300)]
    public void What_is_taken_away_again_leaves_nothing_and_the_order_leaves_no_trace(int hours)
    {
        var halfLife = TimeSpan.FromHours(hours);
        var random = new Random(hours);
        var spans = Enumerable.Range(0, 200).Select(_ => (
            Use: new Use(random.Next(1, 1000), random.NextInt64(1L << 40), random.Next(9), "H100"),
            From: Now.AddMinutes(-random.Next(0, 1_000_000)), To: random.Next(4) == 0 ? (DateTimeOffset?)null : Now.AddMinutes(-random.Next(0, 900_000)))).ToList();
        var (forwards, backwards) = (new DecayedUse(), new DecayedUse());
        foreach (var (use, from, to) in spans) forwards.Add(use, from, to, halfLife, 1);
        foreach (var (use, from, to) in spans) backwards.Add(use, from, null, halfLife, 1);
        foreach (var (use, from, to) in Enumerable.Reverse(spans))
        {
            backwards.Add(use, from, null, halfLife, -1);
            backwards.Add(use, from, to, halfLife, 1);
        }
        Assert.Equal(forwards.At(Now, halfLife), backwards.At(Now, halfLife));
        foreach (var (use, from, to) in spans) forwards.Add(use, from, to, halfLife, -1);
        Assert.Equal((0.0, 0.0, 0.0), forwards.At(Now.AddDays(3), halfLife));
    }

    [Fact]
    public void The_lowest_share_over_weight_is_served_first_then_the_name_decides()
    {
        var shares = Network(new("a"), new("b") { Weight = 3 }, new("c"));
        Hold(shares, "a", Cpus(20));
        Hold(shares, "b", Cpus(50));
        Assert.True(shares.Compare("b", "a", Now) < 0);
        Assert.True(shares.Compare("c", "b", Now) < 0);
        Assert.True(Network(new("a"), new("b")).Compare("a", "b", Now) < 0);
        Hold(shares, "b", Cpus(20));
        Assert.True(shares.Compare("a", "b", Now) < 0);
    }

    [Fact]
    public void The_dominant_resource_counts()
    {
        var shares = Network(new("cores"), new("cards"));
        Hold(shares, "cores", Cpus(30));
        Hold(shares, "cards", Gpus(20));
        // 30 of 100 cores against 20 of 80 accelerators.
        Assert.True(shares.Compare("cards", "cores", Now) < 0);
        Hold(shares, "cards", Gpus(5));
        Assert.True(shares.Compare("cores", "cards", Now) < 0);
    }

    [Fact]
    public void Who_has_used_much_before_goes_behind_and_is_forgiven_with_time()
    {
        var shares = Network(new("a"), new("b"));
        Hold(shares, "a", Cpus(50), Now.AddDays(-3), Now);
        Hold(shares, "b", Cpus(10));
        Assert.Equal(0.5 * (1 - Math.Pow(2, -3.0 / 7)), shares.View(shares.Find("a")!, Now).ShareBefore, 1e-9);
        Assert.True(shares.Compare("b", "a", Now) < 0);
        Assert.True(shares.Compare("a", "b", Now.AddDays(14)) < 0);
    }

    [Fact]
    public void Tenants_are_weighed_against_each_other_before_their_projects()
    {
        var shares = Network(new("big"), new("big/one"), new("big/two"), new("small"));
        Hold(shares, "big/one", Cpus(30));
        Hold(shares, "small", Cpus(20));
        // Two has nothing yet, but its tenant has more than small.
        Assert.True(shares.Compare("small", "big/two", Now) < 0);
        Assert.True(shares.Compare("big/two", "big/one", Now) < 0);
    }

    [Fact]
    public void Quotas_with_room_go_before_shares()
    {
        var shares = Network(new("owner") { Quota = new() { Cpus = 50 } }, new("guest"));
        Hold(shares, "owner", Cpus(40));
        Assert.True(shares.Compare("owner", "guest", Now) < 0);
        Hold(shares, "owner", Cpus(10));
        Assert.True(shares.Compare("guest", "owner", Now) < 0);
    }

    [Fact]
    public void Nobody_starts_beyond_his_limit_or_his_tenants()
    {
        var shares = Network(new("t") { Limit = new() { Cpus = 30 } }, new("t/p") { Limit = new() { Accelerators = new Dictionary<string, decimal> { ["*"] = 8 } } });
        Assert.Null(shares.MayStart("t/p", Cpus(30), true));
        Hold(shares, "t/p", Cpus(10));
        Assert.Contains("limit of project t: 10 of 30 cpus", shares.MayStart("t/p", Cpus(21), true)!.Value.Why, StringComparison.Ordinal);
        Assert.True(shares.MayStart("t/p", Cpus(21), true)!.Value.Passing);
        Assert.False(shares.MayStart("t/p", Cpus(31), true)!.Value.Passing);
        Assert.Null(shares.MayStart("t/p", Gpus(8, "H100"), true));
        Assert.False(shares.MayStart("t/p", Gpus(9, "H100"), true)!.Value.Passing);
    }

    [Fact]
    public void What_is_not_preemptible_does_not_borrow_once_there_are_quotas()
    {
        var shares = Network(new("p"), new("u") { Unlimited = true });
        Assert.Null(shares.MayStart("p", Cpus(10), false));
        shares.Set(new("q") { Quota = new() { Cpus = 20 } });
        Assert.NotNull(shares.MayStart("p", Cpus(10), false));
        Assert.Null(shares.MayStart("u", Cpus(10), false));
        Hold(shares, "q", Cpus(60));
        Assert.Null(shares.MayStart("q", Cpus(20), false));
        Hold(shares, "q", Cpus(15), pinned: true);
        Assert.True(shares.MayStart("q", Cpus(10), false)!.Value.Passing);
    }

    [Fact]
    public void Only_from_those_beyond_their_quota_something_is_taken_back()
    {
        var shares = Network(
            new("t") { Quota = new() { Cpus = 50 } }, new("t/a") { Quota = new() { Cpus = 10 } }, new("t/b") { Quota = new() { Cpus = 10 } },
            new("o") { Quota = new() { Cpus = 20 } }, new("free") { Unlimited = true }, new("guest"));
        Hold(shares, "t/a", Cpus(30));
        Hold(shares, "guest", Cpus(5));
        Hold(shares, "free", Cpus(5));
        var mine = shares.GuaranteeOf("o", Cpus(20), a => a.Held);
        Assert.Equal(Guarantee.Own, mine);
        Assert.Equal(Guarantee.None, shares.GuaranteeOf("o", Cpus(21), a => a.Held));
        Assert.Equal(Guarantee.None, shares.GuaranteeOf("o", Gpus(1), a => a.Held));
        Assert.True(Takes("o", mine, "guest"));
        Assert.False(Takes("o", mine, "free"));
        // Beyond its own quota, but within its tenant's: a sibling may, a stranger may not.
        Assert.True(Takes("t/b", Guarantee.Own, "t/a"));
        Assert.False(Takes("t/b", Guarantee.OfTenant, "t/a"));
        Assert.False(Takes("o", mine, "t/a"));
        Hold(shares, "t/a", Cpus(30));
        Assert.True(Takes("o", mine, "t/a"));

        bool Takes(string owner, Guarantee guarantee, string from) => shares.MayReclaim(owner, guarantee, from, Cpus(5), a => a.Held);
    }
}
