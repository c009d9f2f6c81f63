using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>EASY written for the reader: lists, sorted anew at each instant. Requested times; keys by job, ties by number.</summary>
internal static class PlainEasy
{
    public static IEnumerable<(long Job, long Start)> Run(
        List<TraceJob> jobs, int processors, Func<TraceJob, double> order, Func<TraceJob, double> candidates)
    {
        var (waiting, running, arrived, now) = (new List<TraceJob>(), new List<(TraceJob Job, long Start)>(), 0, 0L);
        while (arrived < jobs.Count || running.Count > 0)
        {
            now = Math.Min(arrived < jobs.Count ? jobs[arrived].Submit : long.MaxValue, running.Select(r => r.Start + r.Job.RunTime).DefaultIfEmpty(long.MaxValue).Min());
            running.RemoveAll(r => r.Start + r.Job.RunTime == now);
            while (arrived < jobs.Count && jobs[arrived].Submit == now) waiting.Add(jobs[arrived++]);
            waiting = [.. waiting.OrderBy(order).ThenBy(j => j.Number)];
            while (waiting.Count > 0 && Needs(waiting[0]) <= Free()) yield return Start(waiting[0]);
            if (waiting.Count == 0) continue;
            var (head, tried) = (waiting[0], waiting.Skip(1).OrderBy(candidates).ThenBy(j => j.Number).ToList());
            foreach (var job in tried.Where(j => Needs(j) <= Free() && !Delays(j, head)).ToList())
                if (Needs(job) <= Free() && !Delays(job, head)) yield return Start(job);
        }

        long Needs(TraceJob job) => job.CpuMilli / 1000;

        long Free() => processors - running.Sum(r => Needs(r.Job));

        (long, long) Start(TraceJob job)
        {
            waiting.Remove(job);
            running.Add((job, now));
            return (job.Number, now);
        }

        bool Delays(TraceJob job, TraceJob head) => Earliest(head, [.. running, (job, now)]) > Earliest(head, running);

        long Earliest(TraceJob head, List<(TraceJob Job, long Start)> held) =>
            held.Select(h => h.Start + h.Job.RequestedTime).Order().First(t => processors - held.Where(h => h.Start + h.Job.RequestedTime > t).Sum(h => Needs(h.Job)) >= Needs(head));
    }
}
