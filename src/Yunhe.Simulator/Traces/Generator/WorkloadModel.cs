using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yunhe.Simulator.Traces.Generator;

/// <summary>What a synthetic trace is drawn from; given by hand or fitted to a trace (<see cref="ModelFit"/>), kept as JSON in snake_case.</summary>
public sealed record WorkloadModel
{
    public const int HoursOfWeek = 168;

    /// <summary>A common day: a quarter of the mean rate at night, the peak before and after noon, weekends at half (shape after Lublin &amp; Feitelson 2003, fig. 2).</summary>
    public static readonly IReadOnlyList<double> OfficeWeek = Levelled(
        Enumerable.Range(0, HoursOfWeek).Select(h => (h / 24 < 5 ? 1 : 0.5) * (1.1 - Math.Cos(2 * Math.PI * ((h % 24) - 2) / 24))));

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    /// <summary>Mean over the week.</summary>
    public required double JobsPerHour { get; init; }

    /// <summary>Rate of each hour of a week, counted from the trace's zero, over the mean rate.</summary>
    public IReadOnlyList<double> HourOfWeek { get; init; } = OfficeWeek;

    /// <summary>Squared coefficient of variation of the gaps between jobs when the rate is level; 1: Poisson, more: bursts.</summary>
    public double Burstiness { get; init; } = 1;

    /// <summary>Share of jobs that come from the user of the job before, beyond what chance gives.</summary>
    public double SameUser { get; init; }

    /// <summary>Of those, the share that is of the same class.</summary>
    public double SameClass { get; init; }

    public required IReadOnlyList<JobClass> Classes { get; init; }

    /// <summary>Seconds; longer draws are cut to it.</summary>
    public long LongestRun { get; init; } = 30 * 86_400;

    /// <summary>Mean of run time over requested time of the jobs that end by themselves; 0: users give no times.</summary>
    public double Accuracy { get; init; }

    /// <summary>Share of jobs that run to the end of what they asked for.</summary>
    public double AtLimit { get; init; }

    /// <summary>Requested times that users give, in seconds ascending: few round ones (Tsafrir et al. 2005). A request is rounded up to the next.</summary>
    public IReadOnlyList<long> RoundTimes { get; init; } = [300, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 259_200, 604_800];

    public int Users { get; init; } = 1;

    public int Projects { get; init; } = 1;

    /// <summary>The r-th most active user hands in jobs in proportion to r^−exponent (Zipf).</summary>
    public double UserExponent { get; init; } = 1;

    public static WorkloadModel Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<WorkloadModel>(File.ReadAllText(path), Json)?.Checked(path)
                ?? throw new TraceException(path, 0, "model", "a workload model", "null");
        }
        catch (JsonException e)
        {
            throw new TraceException(path, (e.LineNumber ?? -1) + 1, e.Path ?? "model", "a workload model", e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TraceException(path, 0, "file", "a file that can be read", e.Message);
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>This model, if a trace can be drawn from it.</summary>
    /// <exception cref="TraceException">It says which value can't be.</exception>
    public WorkloadModel Checked(string name)
    {
        Expect(JobsPerHour is > 0 and < 1e9, "jobs_per_hour", "a number above 0", JobsPerHour);
        Expect(HourOfWeek.Count == HoursOfWeek && HourOfWeek.All(w => w is >= 0 and < 1e6) && HourOfWeek.Sum() > 0, "hour_of_week", "168 rates, not all 0", HourOfWeek.Count);
        Expect(Burstiness is >= 1 and <= 1e6, "burstiness", "at least 1", Burstiness);
        Expect(Classes.Count > 0 && Classes.All(c => c.Weight >= 0) && Classes.Sum(c => c.Weight) > 0, "classes", "at least one with a weight", Classes.Count);
        foreach (var c in Classes)
        {
            Expect(c is { Nodes: > 0, CpuMilli: >= 0, MemoryMiB: >= 0, Accelerators: >= 0, AcceleratorMilli: > 0 and <= 1000 }, "classes", "sizes of at least 0, one node or more", c);
            Expect(c.CpuMilli > 0 || c.Accelerators > 0, "classes", "processors or accelerators", c);
            Expect(double.IsFinite(c.LogMean) && c.LogSd is >= 0 and < 100, "classes", "log_mean, and log_sd of at least 0", c);
        }
        Expect(LongestRun > 0, "longest_run", "seconds", LongestRun);
        Expect(Accuracy is >= 0 and <= 1, "accuracy", "a share", Accuracy);
        Expect(AtLimit is >= 0 and <= 1, "at_limit", "a share", AtLimit);
        Expect(SameUser is >= 0 and <= 1 && SameClass is >= 0 and <= 1, "same_user, same_class", "shares", SameUser);
        Expect(Users is > 0 and <= 10_000_000 && Projects is > 0 and <= 10_000_000, "users, projects", "1 to 10,000,000", Users);
        Expect(UserExponent is >= 0 and <= 10, "user_exponent", "0 to 10", UserExponent);
        Expect(RoundTimes.Zip(RoundTimes.Skip(1)).All(t => t.First < t.Second) && RoundTimes.All(t => t > 0), "round_times", "seconds, ascending", RoundTimes.Count);
        return this;

        void Expect(bool holds, string field, string expected, object found)
        {
            if (!holds) throw new TraceException(name, 0, field, expected, $"{found}");
        }
    }

    internal static IReadOnlyList<double> Levelled(IEnumerable<double> rates)
    {
        var all = rates.ToList();
        var mean = all.Average();
        return [.. all.Select(rate => rate / mean)];
    }
}

/// <summary>Jobs of one size. Run times are log-normal: the logarithm of the seconds has this mean and standard deviation.</summary>
public sealed record JobClass(double Weight, double LogMean, double LogSd)
{
    public int Nodes { get; init; } = 1;

    public long CpuMilli { get; init; }

    public long MemoryMiB { get; init; }

    public int Accelerators { get; init; }

    public int AcceleratorMilli { get; init; } = 1000;

    public IReadOnlyList<string> Models { get; init; } = [];
}
