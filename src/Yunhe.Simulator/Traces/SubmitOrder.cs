using System.Runtime.ExceptionServices;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// Puts jobs into the order of their submission in bounded memory: a job may stand up to <see cref="Window"/> rows too late in its file.
/// </summary>
internal static class SubmitOrder
{
    /// <summary>About 40 MB of jobs.</summary>
    public const int Window = 1 << 18;

    /// <param name="rows">Jobs with their lines in the file; equal times keep the file's order.</param>
    /// <param name="column">The column of the time, and how to say that it is out of order.</param>
    public static IEnumerable<TraceJob> Sort(string file, IEnumerable<(TraceJob Job, long Line)> rows, string column, BadLines bad, int window = Window)
    {
        var waiting = new PriorityQueue<TraceJob, (long Submit, long Line)>();
        var given = long.MinValue;
        TraceException? problem = null;
        foreach (var (job, line) in Until(rows, e => problem = e))
        {
            if (job.Submit < given)
            {
                bad.Add(new(file, line, column, $"jobs in order of time, none more than {window:N0} rows late (sort the file by {column})", $"{job.Submit} s after {given} s"));
                continue;
            }
            if (waiting.Count < window)
            {
                waiting.Enqueue(job, (job.Submit, line));
                continue;
            }
            var first = waiting.EnqueueDequeue(job, (job.Submit, line));
            given = first.Submit;
            yield return first;
        }
        while (waiting.TryDequeue(out var job, out _)) yield return job;
        if (problem is not null) ExceptionDispatchInfo.Throw(problem);
    }

    /// <summary>What was read ahead of a bad line is good: who wants no more than that never meets the line.</summary>
    private static IEnumerable<(TraceJob Job, long Line)> Until(IEnumerable<(TraceJob Job, long Line)> rows, Action<TraceException> bad)
    {
        using var reading = rows.GetEnumerator();
        while (true)
        {
            try
            {
                if (!reading.MoveNext()) yield break;
            }
            catch (TraceException e)
            {
                bad(e);
                yield break;
            }
            yield return reading.Current;
        }
    }
}
