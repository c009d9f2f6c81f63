using System.Text.Json;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Forecasts;

public sealed class LearnedLengthsTests
{
    private static Workload Of(string owner, string name, TimeSpan? limit = null, string? project = null) => new()
    {
        Id = new(1), Owner = owner, SubmittedAt = default, Counts = default, Unstarted = 1, SpecHash = "",
        Spec = new()
        {
            Name = name, Program = new(ProgramKind.Task) { Run = "true" }, Requirements = [new(new(1, 1, 0))], TimeLimit = limit, Project = project,
        },
    };

    private static Workload Hour(string owner, string name = "a", string? project = null) => Of(owner, name, TimeSpan.FromHours(1), project);

    private static void Teach(LearnedLengths lengths, Workload workload, double minutes, int times = 8)
    {
        for (var i = 0; i < times; i++) lengths.Learn(workload, TimeSpan.FromMinutes(minutes));
    }

    [Fact]
    public void The_nearest_kind_that_is_known_decides()
    {
        var lengths = new LearnedLengths();
        Teach(lengths, Hour("other", "b", "p"), 6);
        Assert.Equal(360, lengths.Expect(Hour("me"), 0), 1e-6);
        Teach(lengths, Hour("colleague", "b", "q"), 12);
        Assert.Equal(720, lengths.Expect(Hour("me", "a", "q"), 0), 1e-6);
        Teach(lengths, Hour("me", "c", "q"), 18);
        Assert.Equal(1080, lengths.Expect(Hour("me", "a", "q"), 0), 1e-6);
        Teach(lengths, Hour("me", "a", "q"), 30);
        Assert.Equal(1800, lengths.Expect(Hour("me", "a", "q"), 0), 1e-6);
    }

    [Fact]
    public void What_has_run_longer_than_most_is_held_against_those_that_ran_longer_still()
    {
        var lengths = new LearnedLengths();
        Teach(lengths, Hour("me"), 10, 12);
        Teach(lengths, Hour("me"), 50, 4);
        Assert.Equal((12 * 600 + 4 * 3000) / 16.0, lengths.Expect(Hour("me"), 0), 1e-6);
        Assert.Equal(3000, lengths.Expect(Hour("me"), 601), 1e-6);
        // Beyond all that is known it is taken to use its limit.
        Assert.Equal(3600, lengths.Expect(Hour("me"), 3001), 1e-6);
        Assert.True(lengths.Expect(Hour("me"), 4000) > 4000);
    }

    [Fact]
    public void Before_anything_is_learned_a_users_own_estimate_goes_before_half_of_the_limit()
    {
        var lengths = new LearnedLengths();
        var hour = Hour("me");
        var guessed = hour with { Spec = hour.Spec with { Estimate = TimeSpan.FromMinutes(40) } };
        Assert.Equal((1800, 2400), (lengths.Expect(hour, 0), lengths.Expect(guessed, 0)));
        // Once it has lasted longer than that it is taken to use its limit.
        Assert.Equal((3600, 3600), (lengths.Expect(hour, 1800), lengths.Expect(guessed, 2400)));
        Assert.Equal(3600, lengths.Expect(hour with { Spec = hour.Spec with { Estimate = TimeSpan.FromHours(2) } }, 0));
    }

    [Fact]
    public void Without_a_limit_and_an_estimate_seconds_are_learned()
    {
        var lengths = new LearnedLengths();
        Assert.Equal(600, lengths.Expect(Of("me", "a"), 0));
        Assert.Equal(3000, lengths.Expect(Of("me", "a"), 2000));
        Teach(lengths, Of("me", "a"), 90);
        Assert.Equal(5400, lengths.Expect(Of("me", "a"), 0), 1e-6);
        Assert.Equal(1800, lengths.Expect(Hour("me"), 0));
    }

    [Fact]
    public void Where_no_limit_bounds_them_a_few_very_long_runs_do_not_make_all_look_long()
    {
        var lengths = new LearnedLengths();
        Teach(lengths, Of("me", "a"), 10, 12);
        Teach(lengths, Of("me", "a"), 10_000, 2);
        Assert.Equal(600, lengths.Expect(Of("me", "a"), 0), 1e-6);
        Assert.Equal(600_000, lengths.Expect(Of("me", "a"), 601), 1e-6);
    }

    [Fact]
    public void It_forgets_the_kinds_of_which_it_learned_nothing_for_longest_and_a_copy_forgets_the_same()
    {
        var (lengths, copy) = (new LearnedLengths(), new LearnedLengths());
        for (var i = 0; i < 3000; i++) lengths.Learn(Hour($"u{i % 2500}", $"n{i}"), TimeSpan.FromMinutes(i % 60));
        Assert.InRange(lengths.Capture().Count, 2000, 4096);
        copy.Restore(JsonSerializer.Deserialize<List<LearnedLength>>(JsonSerializer.Serialize(lengths.Capture()))!);
        Assert.Equal(JsonSerializer.Serialize(lengths.Capture()), JsonSerializer.Serialize(copy.Capture()));
        foreach (var one in (LearnedLengths[])[lengths, copy])
            for (var i = 0; i < 2000; i++) one.Learn(Hour($"v{i}"), TimeSpan.FromMinutes(i % 50));
        Assert.Equal(JsonSerializer.Serialize(lengths.Capture()), JsonSerializer.Serialize(copy.Capture()));
    }

    [Fact]
    public void The_order_by_slowdown_is_told_both_means()
    {
        var lengths = new LearnedLengths();
        Assert.Equal(1800, lengths.ExpectationOf("me", "default", Hour("me").Spec).Mean);
        Teach(lengths, Hour("me"), 1, 4);
        Teach(lengths, Hour("me"), 59, 4);
        var run = lengths.ExpectationOf("me", "default", Hour("me").Spec);
        Assert.Equal(1800, run.Mean, 1e-6);
        Assert.Equal((1 / 60.0 + 1 / 3540.0) / 2, run.Urgency, 1e-9);
    }
}
