namespace Yunhe.Simulator.Results;

/// <summary>Jobs to be shown in detail: those that ran between the first and the last end of <see cref="Block"/> jobs that ended one after another.</summary>
public sealed record JobSample(double From, double Until, IReadOnlyList<JobOutcome> Jobs, int Omitted);

/// <summary>
/// Keeps the first window in which half of the jobs had to wait, or that with the most such jobs, from outcomes in order of their end: whoever
/// ran in the window ends in it or later, so that none is missing.
/// </summary>
internal sealed class BusyWindow
{
    private const int Block = 120;

    private const int Most = 300;

    private List<JobOutcome> block = [];
    private List<JobOutcome>? kept;
    private (double From, double Until) window;
    private int waited = -1;
    private int omitted;

    public void Add(JobOutcome job)
    {
        if (kept is not null && job.Start < window.Until && job.Finish > window.From)
        {
            if (kept.Count < Most) kept.Add(job);
            else omitted++;
        }
        if (waited >= Block / 2) return;
        block.Add(job);
        if (block.Count == Block) Judge();
    }

    public JobSample Sample()
    {
        if (kept is not null) return new(window.From, window.Until, kept, omitted);
        return block.Count == 0 ? new(0, 0, [], 0) : new(block.Min(j => j.Job.Submit), block.Max(j => j.Finish), block, 0);
    }

    private void Judge()
    {
        var waits = block.Count(j => j.Start > j.Job.Submit);
        if (waits > waited)
        {
            (kept, waited, omitted) = (block, waits, 0);
            window = (block.Min(j => j.Finish), block.Max(j => j.Finish));
        }
        block = [];
    }
}
