using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Machines;

/// <summary>When the scheduler is asked, where several things happen in the same second.</summary>
public enum Deciding
{
    /// <summary>Once, when all that ends and arrives in it is known.</summary>
    PerInstant,

    /// <summary>After each arrival, then after each end; how RLScheduler's simulator does it.</summary>
    PerEvent,

    /// <summary>The same, but what ends as expected in this second has gone before the first; how pyss does it.</summary>
    PerEventExpectedEndsGone,
}

/// <summary>One batch machine: so many processors and how its queue is run.</summary>
public sealed record MachineOptions(int Processors, QueuePolicy Policy)
{
    /// <summary>Makes the prediction of one run, since it learns.</summary>
    public Func<IRunTimePrediction> Prediction { get; init; } = () => new RequestedTime();

    public Deciding Deciding { get; init; }

    /// <summary>A job that runs longer than requested is ended then.</summary>
    public bool EndsAtLimit { get; init; } = true;

    /// <summary>Processors that a job takes; by default its cores on all nodes, rounded up to whole ones.</summary>
    public Func<TraceJob, long> Size { get; init; } = job => job.Nodes * ((job.CpuMilli + 999) / 1000);

    /// <summary>Forecast the start of every so-manieth job that has to wait, when it arrives; 0: of none.</summary>
    public int ForecastEvery { get; init; }

    /// <summary>Seed of the forecasts' draws.</summary>
    public ulong Seed { get; init; } = 1;
}
