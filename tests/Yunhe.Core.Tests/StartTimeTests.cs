using CsCheck;
using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

public sealed class StartTimeTests
{
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<HourProfile> Profiles =
        from weekday in Gen.Int[0, 2000].Array[24]
        from weekend in Gen.Int[0, 2000].Array[24]
        from quarters in Gen.Int[-48, 48]
        select new HourProfile(weekday, weekend, TimeSpan.FromMinutes(15 * quarters));

    private static readonly Gen<DateTimeOffset> Instants = Gen.Int[0, 30 * 24 * 60].Select(m => Monday.AddMinutes(m));

    private static readonly Gen<TimeSpan> Lengths = Gen.Int[1, 20 * 24 * 60].Select(m => TimeSpan.FromMinutes(m));

    private static HourProfile Night(TimeSpan offset) => new(
        [.. Enumerable.Range(0, 24).Select(h => h < 8 ? 400 : 1200)], [.. Enumerable.Repeat(800, 24)], offset);

    [Fact]
    public void The_mean_over_an_interval_is_that_of_its_minutes() =>
        Gen.Select(Profiles, Instants, Gen.Int[1, 6000]).Sample((profile, from, minutes) =>
            Assert.Equal(
                Enumerable.Range(0, minutes).Average(m => (decimal)profile.At(from.AddMinutes(m))),
                profile.Mean(from, TimeSpan.FromMinutes(minutes)), 9), iter: 200);

    [Fact]
    public void Two_parts_of_an_interval_sum_up_to_the_whole_to_the_last_tick() =>
        Gen.Select(Profiles, Instants, Gen.Long[0, 1_000_000_000_000], Gen.Long[0, 1_000_000_000_000]).Sample((profile, from, a, b) =>
            Assert.Equal(profile.Sum(from, new(a + b)), profile.Sum(from, new(a)) + profile.Sum(from.AddTicks(a), new(b))));

    [Fact]
    public void Hours_are_those_of_the_site_whatever_offset_an_instant_is_written_in()
    {
        var profile = Night(TimeSpan.FromHours(8));
        Assert.Equal(400, profile.At(new(2026, 1, 6, 7, 59, 59, TimeSpan.FromHours(8))));
        Assert.Equal(1200, profile.At(new(2026, 1, 6, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(800, profile.At(new(2026, 1, 9, 16, 0, 0, TimeSpan.Zero)));
        Assert.Equal(1200, profile.At(new(2026, 1, 9, 15, 59, 59, TimeSpan.Zero)));
    }

    [Fact]
    public void An_interval_is_rated_at_the_prices_and_grams_of_its_own_hours()
    {
        var terms = new Terms(Money.FromDecimal(10), 1000, 8, 1, 500, Money.FromDecimal(1));
        var carbon = Night(default);
        var (cost, energy, emitted) = HourlyRating.Rate(terms, Night(default), carbon, Monday.AddHours(7), TimeSpan.FromHours(2), 1);
        Assert.Equal(Money.FromDecimal(10 * 0.4m + 10 * 1.2m + 1), cost);
        Assert.Equal(2, energy.KWh, 9);
        Assert.Equal(2 * 0.8, emitted.Grams, 6);
    }

    [Fact]
    public void A_flat_profile_rates_as_none_does() =>
        Gen.Select(Instants, Lengths).Sample((from, time) =>
        {
            var terms = new Terms(Money.FromDecimal(12.34m), 1234, 8, 1.3, 500, Money.Zero);
            Assert.Equal(Rating.Rate(terms, time, 0.8), HourlyRating.Rate(terms, HourProfile.Flat(1000), HourProfile.Flat(500_000), from, time, 0.8));
        });

    [Fact]
    public void No_minute_within_the_slack_is_a_better_start() =>
        Gen.Select(Profiles, Instants, Gen.Int[1, 3000], Gen.Int[0, 3000]).Sample((profile, earliest, length, slack) =>
        {
            var best = StartTime.Best(Objective.Carbon, null, profile, earliest, earliest.AddMinutes(slack), TimeSpan.FromMinutes(length));
            Assert.InRange(best, earliest, earliest.AddMinutes(slack));
            var sums = Enumerable.Range(0, slack + 1).Select(m => (Start: earliest.AddMinutes(m), Sum: profile.Sum(earliest.AddMinutes(m), TimeSpan.FromMinutes(length))));
            Assert.Equal(sums.MinBy(s => s.Sum), (best, profile.Sum(best, TimeSpan.FromMinutes(length))));
        }, iter: 200);

    [Theory]
    [InlineData(Objective.Cost, 22)]
    [InlineData(Objective.Carbon, 13)]
    [InlineData(Objective.Time, 9)]
    [InlineData(Objective.Balanced, 13)]
    public void The_objective_decides_what_is_waited_for(Objective objective, int hour)
    {
        var tariff = new HourProfile([.. Enumerable.Range(0, 24).Select(h => h >= 22 ? 800 : 1000)], [.. Enumerable.Repeat(1000, 24)], default);
        var sun = new HourProfile([.. Enumerable.Range(0, 24).Select(h => h is 13 or 14 ? 200_000 : 600_000)], [.. Enumerable.Repeat(600_000, 24)], default);
        Assert.Equal(Monday.AddHours(hour), StartTime.Best(objective, tariff, sun, Monday.AddHours(9), Monday.AddHours(30), TimeSpan.FromHours(2)));
    }

    [Fact]
    public void Slack_ends_with_the_longest_wait_or_where_the_deadline_would_be_missed()
    {
        var hour = TimeSpan.FromHours(1);
        Assert.Equal(Monday, StartTime.Latest(Monday, hour, null, null));
        Assert.Equal(Monday + 6 * hour, StartTime.Latest(Monday, hour, null, 6 * hour));
        Assert.Equal(Monday + 4 * hour, StartTime.Latest(Monday, hour, Monday + 5 * hour, null));
        Assert.Equal(Monday + 4 * hour, StartTime.Latest(Monday, hour, Monday + 5 * hour, 6 * hour));
        Assert.Equal(Monday, StartTime.Latest(Monday, 9 * hour, Monday + 5 * hour, 6 * hour));
    }
}
