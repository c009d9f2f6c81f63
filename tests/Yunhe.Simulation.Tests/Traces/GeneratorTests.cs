using Yunhe.Simulator.Traces;
using Yunhe.Simulator.Traces.Generator;

namespace Yunhe.Simulation.Tests.Traces;

public sealed class GeneratorTests : IDisposable
{
    private static readonly WorkloadModel Model = new()
    {
        JobsPerHour = 120,
        Burstiness = 6,
        SameUser = 0.4,
        SameClass = 0.6,
        Classes =
        [
            new(0.6, 6, 1.2) { CpuMilli = 4000, MemoryMiB = 8192 },
            new(0.3, 8, 0.8) { Accelerators = 8, CpuMilli = 64_000, Models = ["A100", "H100"] },
            new(0.1, 9, 0.5) { Nodes = 4, Accelerators = 8 },
        ],
        Accuracy = 0.4,
        AtLimit = 0.1,
        Users = 50,
        Projects = 6,
        UserExponent = 1.1,
    };

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private byte[] Written(ulong seed)
    {
        using (var writer = new JsonLinesWriter(scratch.PathOf("t.jsonl")))
            foreach (var job in SyntheticTrace.Jobs(Model, seed, TimeSpan.FromDays(3))) writer.Write(job);
        return File.ReadAllBytes(scratch.PathOf("t.jsonl"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        Assert.Equal(Written(1), Written(1));
        Assert.NotEqual(Written(1), Written(2));
    }

    [Fact]
    public void What_is_generated_can_be_read_and_is_in_order()
    {
        Written(3);
        var jobs = Trace.Open(scratch.PathOf("t.jsonl"), new BadLines(skip: false)).ToList();
        Assert.Equivalent(SyntheticTrace.Jobs(Model, 3, TimeSpan.FromDays(3)).Take(100).ToList(), jobs.Take(100), strict: true);
        Assert.All(jobs, j => Assert.True(j.RunTime <= j.RequestedTime && j.Submit < 3 * 86_400));
        Assert.InRange(jobs.Count, 0.8 * 3 * 24 * 120, 1.6 * 3 * 24 * 120);
    }

    [Fact]
    public void A_fit_finds_the_parameters_of_its_own_output()
    {
        var fitted = ModelFit.Of(SyntheticTrace.Jobs(Model, 7, TimeSpan.FromDays(84)));
        Assert.InRange(fitted.JobsPerHour, 114, 126);
        Assert.InRange(fitted.Burstiness, 5, 7);
        Assert.InRange(fitted.SameUser, 0.38, 0.42);
        Assert.InRange(fitted.SameClass, 0.57, 0.63);
        Assert.InRange(fitted.AtLimit, 0.09, 0.13);
        Assert.InRange(fitted.Accuracy, 0.25, 0.45);
        Assert.InRange(fitted.UserExponent, 1.05, 1.15);
        Assert.Equal((50, 6), (fitted.Users, fitted.Projects));
        foreach (var (given, found) in Model.Classes.Zip(fitted.Classes))
        {
            Assert.Equivalent(given with { Weight = 0, LogMean = 0, LogSd = 0 }, found with { Weight = 0, LogMean = 0, LogSd = 0 }, strict: true);
            Assert.InRange(found.Weight, given.Weight - 0.02, given.Weight + 0.02);
            Assert.InRange(found.LogMean, given.LogMean - 0.05, given.LogMean + 0.05);
            Assert.InRange(found.LogSd, given.LogSd - 0.05, given.LogSd + 0.05);
        }
        Assert.All(Model.HourOfWeek.Zip(fitted.HourOfWeek), rate => Assert.InRange(rate.Second, 0.6 * rate.First - 0.1, 1.4 * rate.First + 0.1));
        Assert.InRange(fitted.HourOfWeek.Zip(Model.HourOfWeek, (a, b) => Math.Abs(a - b)).Average(), 0, 0.12);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(100, 1)]
    [InlineData(20, 600)]
    [InlineData(3, 600)]
    public void Runs_that_are_mostly_as_long_as_the_longest_stay_so(int everyShort, long shortRun)
    {
        var log = Enumerable.Range(0, 2000).Select(i => new TraceJob(i + 1, i * 100) { RunTime = everyShort > 0 && i % everyShort == 0 ? shortRun : 3600, CpuMilli = 1000 }).ToList();
        var made = SyntheticTrace.Jobs(ModelFit.Of(log), 1, TimeSpan.FromDays(4)).ToList();
        Assert.InRange(made.Average(j => j.RunTime), 0.9 * log.Average(j => j.RunTime), 1.1 * log.Average(j => j.RunTime));
    }

    [Fact]
    public void A_few_long_runs_among_many_short_ones_keep_their_work()
    {
        var log = Enumerable.Range(0, 5000).Select(i => new TraceJob(i, i * 60) { RunTime = i % 10 == 0 ? 10_000 : 10, RequestedTime = 20_000, CpuMilli = 1000 }).ToList();
        var made = Enumerable.Range(1, 10).SelectMany(seed => SyntheticTrace.Jobs(ModelFit.Of(log), (ulong)seed, TimeSpan.FromSeconds(300_000))).ToList();
        Assert.InRange(made.Average(j => j.RunTime), 0.9 * log.Average(j => j.RunTime), 1.1 * log.Average(j => j.RunTime));
        Assert.True(made.Max(j => j.RunTime) <= 10_000);
    }

    [Fact]
    public void A_model_comes_back_as_it_was_written_and_a_wrong_one_is_refused_with_the_field()
    {
        var path = scratch.PathOf("m.json");
        Model.Write(path);
        Assert.Equivalent(Model, WorkloadModel.Read(path), strict: true);
        (Model with { Burstiness = 0.5 }).Write(path);
        Assert.EndsWith("m.json: burstiness: expected at least 1, found \"0.5\"", Assert.Throws<TraceException>(() => WorkloadModel.Read(path)).Message);
        File.WriteAllText(path, "{\"jobs_per_hour\": \"many\"}");
        Assert.StartsWith(scratch.PathOf("none") + ": file: ", Assert.Throws<TraceException>(() => WorkloadModel.Read(scratch.PathOf("none"))).Message);
        Assert.Contains("$.jobs_per_hour", Assert.Throws<TraceException>(() => WorkloadModel.Read(path)).Message);
    }

    [Fact]
    public void A_model_fitted_to_a_public_log_gives_as_many_jobs_and_as_much_work()
    {
        var log = Trace.Open(Scratch.Data("traces/philly.csv.gz"), new BadLines(skip: false)).ToList();
        var model = ModelFit.Of(log);
        var length = TimeSpan.FromSeconds(log[^1].Submit - log[0].Submit);
        var made = SyntheticTrace.Jobs(model, 1, length).ToList();
        Assert.InRange(made.Count, 0.8 * log.Count, 1.25 * log.Count);
        Assert.InRange(made.Sum(Work), 0.8 * log.Sum(Work), 1.25 * log.Sum(Work));

        static double Work(TraceJob job) => (double)job.RunTime * job.Nodes * job.Accelerators;
    }
}
