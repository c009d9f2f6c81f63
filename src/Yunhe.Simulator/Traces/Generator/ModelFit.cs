namespace Yunhe.Simulator.Traces.Generator;

/// <summary>
/// The model that a trace looks drawn from, in one pass and bounded memory: hour-of-week profile from two weeks on (hour-of-day from one day on,
/// else level), burstiness from the gaps within like hours, run times by size with the mean of their logarithm and their own mean kept (so the load
/// is kept, where a log-normal is not quite their shape and none runs longer than the longest), Zipf's exponent by maximum likelihood.
/// </summary>
public sealed class ModelFit
{
    private const int MostClasses = 256;

    private const int MostSizes = 4096;

    private const int MostKeys = 1_000_000;

    private const int MostRoundTimes = 20;

    /// <summary>Wider than any log's run times are.</summary>
    private const double MostLogSd = 8;

    private const double SecondsPerHour = 3600;

    /// <summary>A job that used this share of its request was ended by it.</summary>
    private const double LimitShare = 0.99;

    private readonly long[] inHour = new long[WorkloadModel.HoursOfWeek];
    private readonly Moments[] gaps = [.. Enumerable.Range(0, WorkloadModel.HoursOfWeek).Select(_ => new Moments())];
    private readonly Dictionary<Size, RunTimes> sizes = [];
    private readonly Dictionary<string, long> users = new(StringComparer.Ordinal);
    private readonly HashSet<string> projects = new(StringComparer.Ordinal);
    private readonly Dictionary<long, long> requests = [];
    private readonly Moments accuracy = new();
    private long jobs;
    private long first;
    private long atLimit;
    private long longest = 1;
    private long sameUser;
    private long sameClass;
    private TraceJob? last;
    private Size lastSize;

    /// <exception cref="ArgumentException">There are fewer than two jobs, or none with a run time.</exception>
    public static WorkloadModel Of(IEnumerable<TraceJob> trace)
    {
        var fit = new ModelFit();
        foreach (var job in trace) fit.Add(job);
        return fit.Model();
    }

    public void Add(TraceJob job)
    {
        var hour = HourOf(job.Submit);
        var size = SizeOf(job);
        if (last is null) first = job.Submit;
        else
        {
            gaps[HourOf(last.Submit)].Add(job.Submit - last.Submit);
            if (last.User == job.User)
            {
                sameUser++;
                if (lastSize == size) sameClass++;
            }
        }
        jobs++;
        inHour[hour]++;
        AddSize(size, job.RunTime);
        AddRequest(job);
        if (users.Count < MostKeys || users.ContainsKey(job.User ?? "")) users[job.User ?? ""] = users.GetValueOrDefault(job.User ?? "") + 1;
        if (projects.Count < MostKeys) projects.Add(job.Project ?? "");
        (last, lastSize) = (job, size);
    }

    public WorkloadModel Model()
    {
        if (last is null || last.Submit == first) throw new ArgumentException("a model needs jobs that come at two times at least");
        if (sizes.Values.All(m => m.Count == 0)) throw new ArgumentException("a model needs jobs with run times");
        var counts = users.Values.OrderDescending().ToList();
        var chance = counts.Sum(c => (double)c / jobs * c / jobs);
        var same = chance < 1 ? Math.Clamp(((double)sameUser / (jobs - 1) - chance) / (1 - chance), 0, 1) : 0;
        var classes = Classes();
        return new WorkloadModel
        {
            JobsPerHour = jobs / ((last.Submit - first) / SecondsPerHour),
            HourOfWeek = Profile(),
            Burstiness = Burstiness(),
            SameUser = same,
            SameClass = SameClassBeyondChance(classes, same / (same + ((1 - same) * chance))),
            Classes = classes,
            LongestRun = longest,
            Accuracy = accuracy.Count + atLimit > jobs / 2 ? Math.Clamp(accuracy.Count > 0 ? accuracy.Mean : 1, 0.001, 1) : 0,
            AtLimit = accuracy.Count + atLimit > 0 ? (double)atLimit / (accuracy.Count + atLimit) : 0,
            RoundTimes = [.. requests.OrderByDescending(r => r.Value).ThenBy(r => r.Key).Take(MostRoundTimes).Select(r => r.Key).Append(requests.Keys.DefaultIfEmpty(1).Max()).Distinct().Order()],
            Users = counts.Count,
            Projects = projects.Count,
            UserExponent = ZipfExponent(counts),
        }.Checked("fitted model");
    }

    private static int HourOf(long submit) => (int)(submit / (long)SecondsPerHour % WorkloadModel.HoursOfWeek);

    private void AddSize(Size size, long run)
    {
        if (sizes.Count >= MostSizes && !sizes.ContainsKey(size)) size = size.Coarse();
        if (!sizes.TryGetValue(size, out var runs)) sizes[size] = runs = new RunTimes();
        runs.Jobs++;
        if (run < 0) return;
        runs.Add(run);
        longest = Math.Max(longest, run);
    }

    private void AddRequest(TraceJob job)
    {
        if (job.RequestedTime <= 0 || job.RunTime < 0) return;
        if (requests.Count < MostKeys || requests.ContainsKey(job.RequestedTime)) requests[job.RequestedTime] = requests.GetValueOrDefault(job.RequestedTime) + 1;
        var used = (double)job.RunTime / job.RequestedTime;
        if (used >= LimitShare) atLimit++;
        else accuracy.Add(used);
    }

    private IReadOnlyList<double> Profile()
    {
        var (from, to) = (first / (long)SecondsPerHour, last!.Submit / (long)SecondsPerHour);
        var period = to - from >= 2 * WorkloadModel.HoursOfWeek ? WorkloadModel.HoursOfWeek : to - from >= 24 ? 24 : 1;
        var (count, seen) = (new double[period], new double[period]);
        for (var hour = 0; hour < inHour.Length; hour++) count[hour % period] += inHour[hour];
        for (var i = 0; i < period; i++) seen[i] = ((to - from + 1) / period) + (((i - from % period + period) % period) < (to - from + 1) % period ? 1 : 0);
        return WorkloadModel.Levelled(Enumerable.Range(0, WorkloadModel.HoursOfWeek).Select(h => count[h % period] / Math.Max(1, seen[h % period])));
    }

    /// <summary>E[g²] / E[g]² − 1 within each hour of the week, weighed by its gaps: so the cycle itself is not taken for bursts.</summary>
    private double Burstiness()
    {
        var cells = gaps.Where(g => g.Count > 1 && g.Mean > 0).ToList();
        return cells.Count == 0 ? 1 : Math.Clamp(cells.Sum(g => g.Count * g.MeanOfSquares / (g.Mean * g.Mean)) / cells.Sum(g => g.Count) - 1, 1, 10_000);
    }

    /// <param name="stayed">Of the pairs of one user, the share that is not by chance.</param>
    private double SameClassBeyondChance(List<JobClass> classes, double stayed)
    {
        var chance = classes.Sum(c => c.Weight * c.Weight);
        return sameUser > 0 && stayed > 0 && chance < 1
            ? Math.Clamp(((double)sameClass / sameUser - chance) / (1 - chance) / stayed, 0, 1) : 0;
    }

    /// <summary>The most common sizes as they are; each of the others counts to the one nearest to it in work units.</summary>
    private List<JobClass> Classes()
    {
        var ranked = sizes.OrderByDescending(s => s.Value.Jobs).ThenBy(s => s.Key).ToList();
        var kept = ranked.Take(MostClasses).ToList();
        foreach (var (size, runs) in ranked.Skip(MostClasses)) kept.MinBy(k => k.Key.Distance(size)).Value.Add(runs);
        var all = new RunTimes();
        foreach (var (_, runs) in kept) all.Add(runs);
        return
        [
            .. kept.Select(k => (Size: k.Key, k.Value.Jobs, Runs: (k.Value.Count > 0 ? k.Value : all).Drawn(longest))).Select(k =>
                new JobClass((double)k.Jobs / jobs, k.Runs.LogMean, k.Runs.LogSd)
                {
                    Nodes = k.Size.Nodes,
                    CpuMilli = k.Size.CpuMilli,
                    MemoryMiB = k.Size.MemoryMiB,
                    Accelerators = k.Size.Accelerators,
                    AcceleratorMilli = k.Size.AcceleratorMilli,
                    Models = k.Size.Models.Length > 0 ? k.Size.Models.Split('|') : [],
                }),
        ];
    }

    /// <summary>Where the expected mean of ln(rank) is the one seen; it falls as the exponent grows.</summary>
    private static double ZipfExponent(List<long> counts)
    {
        var seen = counts.Select((c, i) => c * Math.Log(i + 1)).Sum() / counts.Sum();
        var (low, high) = (0.0, 10.0);
        for (var step = 0; step < 50; step++)
        {
            var middle = (low + high) / 2;
            var (weight, sum) = (0.0, 0.0);
            for (var rank = 1; rank <= counts.Count; rank++)
            {
                var w = Math.Pow(rank, -middle);
                (weight, sum) = (weight + w, sum + (w * Math.Log(rank)));
            }
            if (sum / weight > seen) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static Size SizeOf(TraceJob job) =>
        new(job.Nodes, job.CpuMilli, job.MemoryMiB, job.Accelerators, job.AcceleratorMilli, string.Join('|', job.Models));

    private readonly record struct Size(int Nodes, long CpuMilli, long MemoryMiB, int Accelerators, int AcceleratorMilli, string Models) : IComparable<Size>
    {
        public int CompareTo(Size other) =>
            (Nodes, CpuMilli, MemoryMiB, Accelerators, AcceleratorMilli).CompareTo((other.Nodes, other.CpuMilli, other.MemoryMiB, other.Accelerators, other.AcceleratorMilli)) is var order and not 0
                ? order : string.CompareOrdinal(Models, other.Models);

        /// <summary>Powers of two, where a trace has more sizes than are counted.</summary>
        public Size Coarse() => this with { CpuMilli = Up(CpuMilli), MemoryMiB = Up(MemoryMiB), AcceleratorMilli = Math.Min(1000, (int)Up(AcceleratorMilli)) };

        public double Distance(Size other) =>
            Math.Abs(Math.Log((1.0 + (Nodes * (double)CpuMilli)) / (1.0 + (other.Nodes * (double)other.CpuMilli))))
            + (4 * Math.Abs(Math.Log((1.0 + (Nodes * (double)Accelerators * AcceleratorMilli)) / (1.0 + (other.Nodes * (double)other.Accelerators * other.AcceleratorMilli)))));

        private static long Up(long value) => value <= 1 ? value : (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)value);
    }

    private sealed class Moments
    {
        private double sum;
        private double squares;

        public long Count { get; private set; }

        public double Mean => sum / Count;

        public double MeanOfSquares => squares / Count;

        public void Add(double value)
        {
            Count++;
            sum += value;
            squares += value * value;
        }
    }

    private sealed class RunTimes
    {
        private double logs;
        private double total;

        /// <summary>With and without a run time.</summary>
        public long Jobs { get; set; }

        public long Count { get; private set; }

        public double LogMean => logs / Count;

        /// <summary>
        /// With which the mean run time is the one seen, where draws are cut off at the longest. A wider spread makes it longer only as long as few are
        /// cut off: where none makes it long enough the mean of the logarithms gives way.
        /// </summary>
        public (double LogMean, double LogSd) Drawn(long most)
        {
            var mean = total / Count;
            var widest = Enumerable.Range(0, 81).Select(i => i * MostLogSd / 80).MaxBy(sd => MeanOfDraws(LogMean, sd, most));
            return MeanOfDraws(LogMean, widest, most) >= mean
                ? (LogMean, Found(0, widest, sd => MeanOfDraws(LogMean, sd, most)))
                : (Found(LogMean, Math.Log(most) + MostLogSd, log => MeanOfDraws(log, widest, most)), widest);

            double Found(double low, double high, Func<double, double> drawn)
            {
                for (var step = 0; step < 40; step++)
                {
                    var middle = (low + high) / 2;
                    if (drawn(middle) < mean) low = middle;
                    else high = middle;
                }
                return low;
            }
        }

        /// <summary>Of exp(μ + σ·z), never below a second nor above the longest, over the normal density of z by the midpoint rule.</summary>
        private static double MeanOfDraws(double logMean, double logSd, long most)
        {
            const double Widest = 8, Step = 0.04;
            var (sum, weights) = (0.0, 0.0);
            for (var z = -Widest + Step / 2; z < Widest; z += Step)
            {
                var weight = Math.Exp(-z * z / 2);
                (sum, weights) = (sum + weight * Math.Clamp(Math.Exp(logMean + logSd * z), 1, most), weights + weight);
            }
            return sum / weights;
        }

        public void Add(long run)
        {
            Count++;
            logs += Math.Log(Math.Max(1, run));
            total += Math.Max(1, run);
        }

        public void Add(RunTimes other) => (Jobs, Count, logs, total) = (Jobs + other.Jobs, Count + other.Count, logs + other.logs, total + other.total);
    }
}
