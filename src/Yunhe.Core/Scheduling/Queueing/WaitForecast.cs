namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Seconds until a job starts: half of such forecasts are too long and half too short (P50), nine of ten starts come before P90.</summary>
/// <param name="Rolled">What the roll-outs gave, before calibration; hand it back to <see cref="WaitForecast.Learn"/>.</param>
public readonly record struct ForecastWait(long P50, long P90, double Rolled);

/// <summary>
/// When a waiting or a quoted job will start on a batch machine: copies of its queue are rolled forward with run times drawn from what users'
/// jobs really took, and the result is calibrated by how earlier forecasts came out.
/// </summary>
public sealed class WaitForecast
{
    /// <summary>Jobs that all roll-outs of one forecast may hold together: bounds the time of a quote.</summary>
    private const int Effort = 1000;
    private const int MostRollOuts = 8;

    private readonly BatchScheduler copy;
    private readonly EndQueue ends = new();
    private readonly Calibration calibration = new();

    /// <param name="policy">That of the machine whose queue is forecast.</param>
    /// <param name="prediction">The machine's own; it is read, never taught.</param>
    public WaitForecast(QueuePolicy policy, IRunTimePrediction prediction) => copy = new(1, policy, new FrozenPrediction(prediction));

    public RunRatios Ratios { get; } = new();

    /// <summary>Of a job that waits in this slot. The same seed gives the same forecast.</summary>
    public ForecastWait Of(BatchScheduler machine, int slot, long now, ulong seed) => Forecast(machine, now, seed, _ => slot);

    /// <summary>Of a job that would be handed in now.</summary>
    public ForecastWait Of(BatchScheduler machine, BatchJob job, long now, ulong seed) => Forecast(machine, now, seed, copied => copied.Submit(job, now));

    /// <summary>A job that was forecast has started after so many seconds.</summary>
    public void Learn(ForecastWait forecast, long waited)
    {
        if (forecast.Rolled > 0) calibration.Learn(forecast, waited);
    }

    private ForecastWait Forecast(BatchScheduler machine, long now, ulong seed, Func<BatchScheduler, int> enter)
    {
        var rollOuts = Math.Clamp(Effort / Math.Max(1, machine.Waiting + machine.Running), 1, MostRollOuts);
        var sum = 0.0;
        for (var i = 0; i < rollOuts; i++)
        {
            machine.CopyTo(copy);
            var draws = new Draws(seed, i, rollOuts);
            sum += RollOut(enter(copy), now, ref draws) - now;
        }
        // It starts at once whatever the others do.
        if (sum == 0) return default;
        var rolled = sum / rollOuts;
        var (p50, p90) = calibration.Apply(rolled);
        return new((long)p50, (long)Math.Ceiling(p90), rolled);
    }

    /// <summary>When the job starts if nobody else arrives; at most a year later.</summary>
    private long RollOut(int slot, long now, ref Draws draws)
    {
        const long Year = 366 * 86_400;
        ends.Clear();
        for (var i = 0; i < copy.Running; i++)
        {
            var running = copy.RunningAt(i);
            ends.Add(running, copy.Start(running) + Ratios.Draw(copy.Job(running), now - copy.Start(running), draws.Next()));
        }
        for (var time = now; time - now < Year; time = ends.Time)
        {
            while (ends.Time == time) copy.Vacate(ends.Take(), time);
            foreach (var started in copy.Schedule(time))
            {
                if (started == slot) return time;
                ends.Add(started, time + Math.Max(1, Ratios.Draw(copy.Job(started), 0, draws.Next())));
            }
            if (ends.Count == 0) break;
        }
        return now + Year;
    }

    /// <summary>Uniform numbers from a seed (SplitMix64, Steele et al. 2014), stratified over the roll-outs of one forecast.</summary>
    private struct Draws(ulong seed, int rollOut, int rollOuts)
    {
        private ulong state = seed;
        private int count;

        public double Next()
        {
            state += 0x9E3779B97F4A7C15;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            var uniform = ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
            // Each job takes another stratum in each roll-out.
            return (((rollOut + count++) % rollOuts) + uniform) / rollOuts;
        }
    }
}
