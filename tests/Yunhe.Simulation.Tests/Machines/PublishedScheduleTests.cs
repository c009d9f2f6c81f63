using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>Against public results; needs their files (YUNHE_DATA).</summary>
public sealed class PublishedScheduleTests
{
    internal static string Data(params string[] path)
    {
        var folder = Environment.GetEnvironmentVariable("YUNHE_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "YUNHE_DATA names no folder with the public logs");
        return Path.Combine([folder!, .. path]);
    }

    [Theory]
    [InlineData("easy.swf.gz")]
    [InlineData("easy-clairvoyant.swf.gz")]
    [InlineData("easy-plus-plus.swf.gz")]
    public void Every_job_of_KTH_SP2_starts_in_the_second_in_which_the_published_schedule_starts_it(string schedule)
    {
        var starts = new Dictionary<long, long>();
        using (var published = SwfReader.Open(Data("kth", schedule), new(skip: false)))
            while (published.Next()) starts.Add((long)published.Fields[SwfField.Number], (long)(published.Fields[SwfField.Submit] + published.Fields[SwfField.Wait]));
        var (policy, prediction) = schedule switch
        {
            "easy.swf.gz" => (QueuePolicy.Easy, (Func<IRunTimePrediction>)(() => new RequestedTime())),
            "easy-clairvoyant.swf.gz" => (QueuePolicy.Easy, () => new ExactTime()),
            _ => (QueuePolicy.EasyShortestFirst, () => new RecentMean()),
        };
        var machine = new MachineOptions(100, policy) { Prediction = prediction, Deciding = Deciding.PerEventExpectedEndsGone };
        var ours = MachineRun.Schedule(SwfReader.Read(Data("kth", "KTH-SP2_filtered.swf.gz"), new(skip: false)), machine).ToDictionary(s => s.Job.Number, s => s.Start);
        Assert.Equal(starts.OrderBy(s => s.Key), ours.OrderBy(s => s.Key));
    }

    [Theory]
    [InlineData("FCFS", 7273.77, 235.82)]
    [InlineData("SJF", 277.35, 73.31)]
    [InlineData("F1", 258.37, 75.07)]
    public void RLSchedulers_rows_for_Lublin_1_come_out_to_two_decimals(string name, double plain, double backfilled)
    {
        IQueueOrder order = name switch { "FCFS" => new FirstComeFirstServed(), "SJF" => new ShortestRequested(), _ => new F1() };
        var jobs = SwfReader.Read(Data("swf", "lublin-1.swf.gz"), new(skip: false)).ToList();
        int[] windows = [1981, 2756, 4299, 8850, 3316, 2714, 5228, 7762, 4022, 7085];
        double Slowdown(Backfill backfill) => windows.Average(start => MachineRun.Schedule(
            jobs.Skip(start).Take(1024),
            new(256, new(order, backfill) { KeepsHead = true, Candidates = new FirstComeFirstServed() }) { EndsAtLimit = false, Deciding = Deciding.PerEvent })
            .Average(s => Math.Max(1, (s.End - s.Job.Submit) / Math.Max(10.0, s.End - s.Start))));
        Assert.Equal((plain, backfilled), (Math.Round(Slowdown(Backfill.None), 2), Math.Round(Slowdown(Backfill.BeforeHead), 2)));
    }
}
