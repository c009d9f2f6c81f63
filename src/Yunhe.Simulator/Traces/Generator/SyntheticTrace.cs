namespace Yunhe.Simulator.Traces.Generator;

/// <summary>
/// Jobs drawn from a model, in order of submission, in constant memory. Arrivals are a renewal process whose clock runs with the rate of the hour:
/// gaps of mean 1 are laid on the integral of the rate, so that a burst in a busy hour is denser. Users keep handing in (Zhou et al. and Feitelson,
/// "Workload Modeling", 2015, ch. 8: locality of sampling): the next job is of the same user, and class, as the last with the model's shares.
/// </summary>
public static class SyntheticTrace
{
    private const double SecondsPerHour = 3600;

    /// <summary>The same model, seed and length give the same jobs.</summary>
    public static IEnumerable<TraceJob> Jobs(WorkloadModel model, ulong seed, TimeSpan length)
    {
        model.Checked("workload model");
        var draws = new Draws(seed);
        var classes = new Choice(model.Classes.Select(c => c.Weight));
        var users = Choice.Zipf(model.Users, model.UserExponent);
        var projects = ProjectsOfUsers(model, seed);
        var (time, user, kind) = (0.0, -1, -1);
        for (var number = 1L; ; number++)
        {
            time = After(model, time, draws.HyperExponential(model.Burstiness));
            if (time >= length.TotalSeconds) yield break;
            var stays = user >= 0 && draws.Share() < model.SameUser;
            if (!stays) user = users.Draw(draws);
            if (!stays || draws.Share() >= model.SameClass) kind = classes.Draw(draws);
            yield return Job(model, draws, number, (long)time, model.Classes[kind]) with
            {
                User = $"u{user + 1}",
                Project = $"p{projects[user] + 1}",
                Name = $"u{user + 1}.c{kind + 1}",
            };
        }
    }

    private static TraceJob Job(WorkloadModel model, Draws draws, long number, long submit, JobClass of)
    {
        var run = (long)Math.Clamp(Math.Round(Math.Exp(of.LogMean + (of.LogSd * draws.Normal()))), 1, model.LongestRun);
        return new(number, submit)
        {
            RunTime = run,
            RequestedTime = model.Accuracy > 0 ? Request(model, draws, run) : -1,
            Nodes = of.Nodes,
            CpuMilli = of.CpuMilli,
            MemoryMiB = of.MemoryMiB,
            Accelerators = of.Accelerators,
            AcceleratorMilli = of.AcceleratorMilli,
            Models = of.Models,
        };
    }

    /// <summary>
    /// The share of its request that a job uses is U^k with mean 1 / (k + 1) = the model's accuracy: near uniform where it is 0.5, as logs show
    /// (Mu'alem and Feitelson, IEEE TPDS 12, 2001); then rounded up to a time that users give.
    /// </summary>
    private static long Request(WorkloadModel model, Draws draws, long run)
    {
        if (draws.Share() < model.AtLimit) return run;
        var asked = run / Math.Pow(draws.Share(), (1 / model.Accuracy) - 1);
        foreach (var round in model.RoundTimes)
            if (round >= asked) return round;
        return Math.Max(run, model.RoundTimes.Count > 0 ? model.RoundTimes[^1] : (long)Math.Min(asked, model.LongestRun));
    }

    /// <summary>When the integral of the rate has grown by <paramref name="jobs"/> since <paramref name="time"/> (s).</summary>
    private static double After(WorkloadModel model, double time, double jobs)
    {
        while (true)
        {
            var hour = Math.Floor(time / SecondsPerHour);
            var rate = model.JobsPerHour * model.HourOfWeek[(int)(hour % WorkloadModel.HoursOfWeek)] / SecondsPerHour;
            var end = (hour + 1) * SecondsPerHour;
            if ((end - time) * rate > jobs) return time + (jobs / rate);
            jobs -= (end - time) * rate;
            time = end;
        }
    }

    /// <summary>Drawn apart from the jobs, so that the number of projects changes no job's size or time.</summary>
    private static int[] ProjectsOfUsers(WorkloadModel model, ulong seed)
    {
        var draws = new Draws(~seed);
        var projects = Choice.Zipf(model.Projects, model.UserExponent);
        return [.. Enumerable.Range(0, model.Users).Select(_ => projects.Draw(draws))];
    }
}
