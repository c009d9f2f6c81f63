using System.Diagnostics;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Bench.Planning;

/// <summary>How fast the whole space of layouts is searched on one core, with every layout's time and memory computed, and with bounds.</summary>
internal static class PlanSearch
{
    /// <summary>8.8 ms an evaluation.</summary>
    private const double CalculonPerSecond = 1000 / 8.8;

    private sealed record Problem(string Name, string Model, string Accelerator, int Devices, int Batch, int Sequence, double? LimitSeconds);

    private static readonly Problem[] Problems =
    [
        new("22B on 8 A100", "Megatron-22B", "A100-80-SXM", 8, 128, 2048, null),
        new("175B on 1,024 A100", "GPT-3-175B", "A100-80-SXM", 1024, 3072, 2048, 1),
        new("1T on 16,384 H100", "Megatron-1T", "H100-SXM", 16_384, 16_384, 4096, 10),
        new("DeepSeek-V3 on 2,048 H800", "DeepSeek-V3", "H800-SXM", 2048, 15_360, 4096, null),
        new("Llama 3.1 405B on 16,384 H100", "Llama-3.1-405B", "H100-SXM", 16_384, 2048, 8192, null),
    ];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var rows = new List<Row>();
        // The first search pays for compiling.
        foreach (var prune in (bool[])[false, true]) Search(Problems[0], prune);
        foreach (var problem in Problems)
        {
            var (whole, wholeSeconds) = Search(problem, prune: false);
            var (pruned, prunedSeconds) = Search(problem, prune: true);
            if (whole.Best[0].Layout != pruned.Best[0].Layout) throw new InvalidOperationException($"{problem.Name}: pruning lost the optimum");
            Console.Error.WriteLine($"{problem.Name}: {whole.Evaluated:N0} layouts, best {Words(whole.Best[0])}");
            rows.Add(new($"{problem.Name}: layouts a second, all", "1/s", whole.Evaluated / wholeSeconds, CalculonPerSecond, $"{whole.Evaluated:N0} layouts, time and memory of each; Calculon (Python) 8.8 ms each"));
            rows.Add(new($"{problem.Name}: whole search", "s", wholeSeconds, problem.LimitSeconds, problem.LimitSeconds is null ? "" : "the aim"));
            rows.Add(new($"{problem.Name}: pruned, same optimum", "s", prunedSeconds, problem.LimitSeconds, $"{pruned.Evaluated:N0} layouts evaluated"));
        }
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    /// <summary>The better of two runs, in seconds of processor time of this thread's process.</summary>
    private static (SearchResult Result, double Seconds) Search(Problem problem, bool prune)
    {
        var accelerator = AcceleratorTable.Find(problem.Accelerator)!;
        var job = new TrainingJob { Model = ModelPresets.Find(problem.Model)!, SequenceLength = problem.Sequence, GlobalBatch = problem.Batch };
        var cluster = ClusterSpec.Parse($"{problem.Devices}x{problem.Accelerator}").Cluster;
        var profile = ShippedCalibration.For(accelerator);
        var (best, seconds) = (default(SearchResult), double.MaxValue);
        for (var run = 0; run < 2; run++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            best = LayoutSearch.Run(job, cluster, profile, problem.Devices, keep: 5, prune: prune);
            seconds = Math.Min(seconds, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }
        return (best!, seconds);
    }

    private static string Words(RankedLayout found) => $"{LayoutWords.Of(found.Layout)}: {found.Time.Total:0.00} s";
}
