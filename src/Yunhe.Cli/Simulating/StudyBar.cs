using System.Globalization;
using Spectre.Console;
using Yunhe.Simulator.Studies;

namespace Yunhe.Cli.Simulating;

/// <summary>How far a study is, on standard error and only where somebody looks on.</summary>
internal sealed class StudyBar : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(int, int), long> jobs = [];
    private readonly int runs;
    private readonly Task? drawing;
    private readonly ManualResetEventSlim over = new();
    private long jobsOfRun;
    private int complete;

    /// <param name="shell">Whose standard error is written to.</param>
    /// <param name="runs">Of the whole study.</param>
    /// <param name="jobsOfRun">Jobs of one run, where that is known; else the first complete run tells.</param>
    public StudyBar(Shell shell, int runs, long? jobsOfRun)
    {
        this.runs = runs;
        this.jobsOfRun = jobsOfRun ?? 0;
        if (!shell.ErrIsTerminal) return;
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(shell.Err) });
        drawing = Task.Run(() => console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).Start(Draw));
    }

    public void Tell(StudyProgress progress)
    {
        lock (gate)
        {
            jobs[(progress.Policy, progress.Seed)] = progress.Jobs;
            if (!progress.Complete) return;
            complete++;
            jobsOfRun = Math.Max(jobsOfRun, progress.Jobs);
        }
    }

    public void Dispose()
    {
        over.Set();
        drawing?.Wait();
        over.Dispose();
    }

    private void Draw(ProgressContext context)
    {
        var bar = context.AddTask("simulating", maxValue: 1);
        while (!over.Wait(200))
            lock (gate)
            {
                var ended = jobs.Values.Sum();
                // What a run comes to is known only after the first one.
                bar.IsIndeterminate = jobsOfRun == 0;
                bar.Value = jobsOfRun == 0 ? 0 : Math.Min(0.999, ended / ((double)jobsOfRun * runs));
                bar.Description = string.Create(CultureInfo.InvariantCulture, $"{complete} of {runs} runs, {ended:#,0} jobs");
            }
        bar.Value = 1;
    }
}
