using Yunhe.Core.Scheduling.Queueing;

namespace Yunhe.Simulator.Machines;

/// <summary>Forecasts the starts of arriving jobs while a machine runs, and teaches the forecast how they came out.</summary>
internal sealed class MachineForecasts(MachineOptions options, IRunTimePrediction prediction)
{
    private readonly WaitForecast forecast = new(options.Policy, prediction);
    private readonly List<int> arrived = [];
    private (ForecastWait Wait, long Made)?[] bySlot = new (ForecastWait, long)?[16];
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
        foreach (var slot in arrived)
            if (machine.Start(slot) < 0 && waiting++ % options.ForecastEvery == 0)
                bySlot[slot] = (forecast.Of(machine, slot, now, seed++), now);
        arrived.Clear();
    }

    public void Started(int slot, long now)
    {
        if (bySlot[slot] is var (wait, made)) forecast.Learn(wait, now - made);
    }

    public void Ended(in BatchJob job, long ran) => forecast.Ratios.Learn(job, ran);

    public ForecastWait? Of(int slot) => bySlot[slot]?.Wait;
}
