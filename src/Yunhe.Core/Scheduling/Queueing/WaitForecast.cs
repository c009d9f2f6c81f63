namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Seconds until a job starts: half of such forecasts are too long and half too short (P50), nine of ten starts come before P90.</summary>
/// <param name="Rolled">What the roll-outs gave, before calibration; 0: it starts at once.</param>
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
    private readonly EndQueue due50 = new(), due90 = new();
    private readonly RunRatios ratios = new();
    private readonly Calibration calibration = new();
    private Watched[] watched = new Watched[16];

    /// <param name="policy">That of the machine whose queue is forecast.</param>
    /// <param name="prediction">The machine's own; it is read, never taught.</param>
    public WaitForecast(QueuePolicy policy, IRunTimePrediction prediction) => copy = new(1, policy, new FrozenPrediction(prediction));

    /// <summary>Of a job that waits in this slot. The same seed gives the same forecast.</summary>
    public ForecastWait Of(BatchScheduler machine, int slot, long now, ulong seed) => Forecast(machine, now, seed, _ => slot);

    /// <summary>Of a job that would be handed in now.</summary>
    public ForecastWait Of(BatchScheduler machine, BatchJob job, long now, ulong seed) => Forecast(machine, now, seed, copied => copied.Submit(job, now));

    /// <summary>Keeps the forecast of a waiting job to be held against its start.</summary>
    public void Watch(int slot, ForecastWait forecast, long now)
    {
        if (slot >= watched.Length) Array.Resize(ref watched, Math.Max(slot + 1, watched.Length * 2));
        watched[slot] = new(forecast, now);
        if (forecast.Rolled == 0) return;
        due50.Add(slot, now + forecast.P50);
        due90.Add(slot, now + forecast.P90);
    }

    /// <summary>
    /// A forecast fails when its time has passed, not when the job starts at last: else what takes long would be learned late, and the
    /// forecasts would be too short.
    /// </summary>
    public void Advance(long now)
    {
        for (; due50.Time < now; due50.Take())
            if (Fails(due50.First, due50.Time, f => f.P50, Watched.Before50)) calibration.Steer50(before: false);
        for (; due90.Time < now; due90.Take())
            if (Fails(due90.First, due90.Time, f => f.P90, Watched.Before90)) calibration.Steer90(before: false);
    }

    /// <summary>The job of this slot has started.</summary>
    public void Started(int slot, long now)
    {
        Advance(now);
        if (slot >= watched.Length || watched[slot] is not { Forecast.Rolled: > 0 } one) return;
        calibration.Learn(one.Forecast.Rolled, now - one.Made);
        if ((one.Open & Watched.Before50) != 0) calibration.Steer50(before: true);
        if ((one.Open & Watched.Before90) != 0) calibration.Steer90(before: true);
        Forget(slot);
    }

    /// <summary>The job of this slot will not start.</summary>
    public void Forget(int slot)
    {
        if (slot < watched.Length) watched[slot] = default;
    }

    /// <summary>A job has ended after so many seconds.</summary>
    public void Ended(in BatchJob job, long ran) => ratios.Learn(job, ran);

    private bool Fails(int slot, long time, Func<ForecastWait, long> promised, int which)
    {
        ref var one = ref watched[slot];
        // Another job may have the slot by now.
        if ((one.Open & which) == 0 || one.Made + promised(one.Forecast) != time) return false;
        one = one with { Open = one.Open & ~which };
        return true;
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
            ends.Add(running, copy.Start(running) + ratios.Draw(copy.Job(running), now - copy.Start(running), draws.Next()));
        }
        for (var time = now; time - now < Year; time = ends.Time)
        {
            while (ends.Time == time) copy.Vacate(ends.Take(), time);
            foreach (var started in copy.Schedule(time))
            {
                if (started == slot) return time;
                ends.Add(started, time + Math.Max(1, ratios.Draw(copy.Job(started), 0, draws.Next())));
            }
            if (ends.Count == 0) break;
        }
        return now + Year;
    }

    /// <param name="Open">Which of the two have neither failed nor held yet.</param>
    private readonly record struct Watched(ForecastWait Forecast, long Made, int Open = Watched.Before50 | Watched.Before90)
    {
        public const int Before50 = 1;
        public const int Before90 = 2;
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
