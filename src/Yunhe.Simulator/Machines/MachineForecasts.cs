using Yunhe.Core.Scheduling.Queueing;

namespace Yunhe.Simulator.Machines;

/// <summary>Forecasts the starts of arriving jobs while a machine runs, and teaches the forecast how they came out.</summary>
internal sealed class MachineForecasts(MachineOptions options, IRunTimePrediction prediction)
{
    private readonly WaitForecast forecast = new(options.Policy, prediction);
    private readonly List<int> arrived = [];
    private ForecastWait?[] bySlot = new ForecastWait?[16];
    private ulong seed = options.Seed;
    private long waiting;

    public void Arrived(int slot)
    {
        if (slot >= bySlot.Length) Array.Resize(ref bySlot, slot * 2);
        bySlot[slot] = null;
        arrived.Add(slot);
    }

    /// <summary>After the decision: what arrived and did not start is forecast.</summary>
    public void Forecast(BatchScheduler machine, long now)
    {
        forecast.Advance(now);
        foreach (var slot in arrived)
        {
            if (machine.Start(slot) >= 0 || waiting++ % options.ForecastEvery != 0) continue;
            var wait = forecast.Of(machine, slot, now, seed++);
            forecast.Watch(slot, wait, now);
            bySlot[slot] = wait;
        }
        arrived.Clear();
    }

    public void Started(int slot, long now) => forecast.Started(slot, now);

    public void Ended(in BatchJob job, long ran) => forecast.Ended(job, ran);

    public ForecastWait? Of(int slot) => bySlot[slot];
}
