using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>Traces drawn from a seed, busy enough that queues form and many things happen in the same second.</summary>
internal static class RandomTraces
{
    public const int Processors = 32;

    public static List<TraceJob> Draw(int seed, int count = 150)
    {
        var random = new Random(seed);
        var jobs = new List<TraceJob>(count);
        long submit = 0;
        for (var i = 0; i < count; i++)
        {
            submit += random.Next(0, 3) * random.Next(0, 40);
            var requested = 1 + random.Next(0, 20) * random.Next(1, 20);
            jobs.Add(new(i, submit)
            {
                RunTime = random.Next(0, requested + 1), RequestedTime = requested,
                CpuMilli = 1000 * (random.Next(4) == 0 ? random.Next(1, Processors + 1) : random.Next(1, 6)), User = $"u{random.Next(5)}",
            });
        }
        return jobs;
    }

    public static IEnumerable<QueuePolicy> Policies =>
    [
        QueuePolicy.Fcfs, QueuePolicy.Easy, QueuePolicy.EasyShortestFirst, QueuePolicy.Conservative, QueuePolicy.LeastSlowdown,
        new(new F1(), Backfill.Easy), new(new Wfp3(), Backfill.Easy), new(new Unicef(), Backfill.Conservative), new(new F4(), Backfill.Conservative),
        new(new ShortestRequested(), Backfill.BeforeHead) { KeepsHead = true, Candidates = new FirstComeFirstServed() },
    ];

    public static IEnumerable<MachineOptions> Machines =>
        from policy in Policies
        from prediction in new Func<IRunTimePrediction>[] { () => new RequestedTime(), () => new ExactTime(), () => new RecentMean(), () => new RecentMean(revises: true), () => new LearnedRunTimes() }
        from deciding in Enum.GetValues<Deciding>()
        select new MachineOptions(Processors, policy) { Prediction = prediction, Deciding = deciding };
}
