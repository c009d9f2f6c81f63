using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Tables;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Measurements;

/// <summary>Reads a table of published training runs: one a row, fields that a publication leaves out empty.</summary>
public static partial class PublishedRuns
{
    /// <summary>Tokens of a step and device where no batch is published.</summary>
    private const int UsualTokensPerDevice = 4096;

    /// <exception cref="TableException">The table is malformed as a whole, or has none of the columns that it needs.</exception>
    public static (IReadOnlyList<PublishedRun> Runs, IReadOnlyList<UnusableRow> Unusable) Read(Stream table)
    {
        var runs = new List<PublishedRun>();
        var unusable = new List<UnusableRow>();
        foreach (var row in CsvTable.Read(table, "id", "kind", "model", "device", "n_devices", "precision", "framework", "source"))
        {
            try
            {
                if (Run(row, out var reason) is { } run) runs.Add(run);
                else unusable.Add(new(row.Text("id"), row.Text("source"), reason));
            }
            catch (TableException problem)
            {
                unusable.Add(new(row.Text("id"), row.Text("source"), problem.Message));
            }
        }
        return (runs, unusable);
    }

    private static PublishedRun? Run(CsvRow row, out string reason)
    {
        var assumed = new List<string>();
        if (ModelReader.Read(row, assumed, out reason) is not { } model) return null;
        var kind = row.Word<RunKind>("kind") ?? RunKind.StepBenchmark;
        int? devices = row.Whole("n_devices", 1, 10_000_000);
        if (devices is null) assumed.Add("256 devices");
        var cluster = ClusterReader.Read(row, devices ?? 256, assumed);
        var stack = SoftwareStack.Of(row.Text("framework")).In(Year(row));
        var sequence = row.Whole("seq_len", 1, 100_000_000) ?? 2048;
        if (row.Text("seq_len").Length == 0) assumed.Add("sequences of 2,048 tokens");
        var recompute = RecomputeOf(row.Text("recompute"));
        var layout = Layout(row, model, cluster, stack, recompute, assumed);
        var batch = Batch(row, cluster, sequence, layout, assumed);
        var job = new TrainingJob
        {
            Model = model, SequenceLength = sequence, GlobalBatch = batch, Precision = Precision(row.Text("precision")),
            Adapters = model.Name.Contains("lora", StringComparison.OrdinalIgnoreCase), BillionTokens = row.Number("tokens_b", 0, 1e9) ?? 0,
        };
        var (seconds, converted) = Truth(row, job, cluster, recompute);
        var notes = row.Text("notes");
        return new()
        {
            Id = row.Text("id"), Kind = kind, Family = row.Text("family"), Source = row.Text("source"), Job = job, Cluster = cluster,
            Layout = layout is { } l ? Split(l, job) : null, MicroBatchKnown = row.Text("mbs").Length > 0, Keys = Keys(row, cluster, stack, job),
            StepSeconds = seconds, Converted = converted, PeakMemoryBytes = row.Number("mem_gb_peak", 0, 1e6) * 1e9, Feasible = row.Text("feasible") != "0",
            AcceleratorHours = row.Number("accel_hours", 0, 1e12), Assumed = assumed, Inconsistent = notes.Contains("do not score", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static CalibrationKeys Keys(CsvRow row, Cluster cluster, SoftwareStack stack, TrainingJob job)
    {
        var notes = row.Text("notes");
        var variant = notes.Contains("eager", StringComparison.OrdinalIgnoreCase) ? "eager" : notes.Contains("async", StringComparison.OrdinalIgnoreCase) ? "async" : "";
        var recipe = job.Precision is DataType.Fp8 or DataType.Fp4 ? row.Text("precision").ToLowerInvariant() : "";
        var release = Version().Match(row.Text("framework")) is { Success: true } match ? stack.Name + " " + match.Value : "";
        return new(cluster.Accelerator.Name, Generations.Of(cluster.Accelerator), stack, recipe, variant, release);
    }

    /// <summary>Of measuring: a date in the source's name is nearer to it than the year of what it describes.</summary>
    private static int Year(CsvRow row) =>
        Month().Match(row.Text("source")) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : row.Whole("year", 1900, 2100) ?? 0;

    private static DataType Precision(string text) => text.ToLowerInvariant() switch
    {
        var t when t.Contains("fp8", StringComparison.Ordinal) || t.Contains("hif8", StringComparison.Ordinal) => DataType.Fp8,
        var t when t.Contains("fp4", StringComparison.Ordinal) => DataType.Fp4,
        "fp16" => DataType.Fp16,
        "fp32" => DataType.Fp32,
        "tf32" => DataType.Tf32,
        _ => DataType.Bf16,
    };

    private static Recompute RecomputeOf(string text) =>
        text.StartsWith("full", StringComparison.OrdinalIgnoreCase) ? Recompute.Full
        : text.StartsWith("selective", StringComparison.OrdinalIgnoreCase) || text.StartsWith("partial", StringComparison.OrdinalIgnoreCase) ? Recompute.Selective
        : Recompute.None;

    private static Parallelism? Layout(CsvRow row, LanguageModel model, Cluster cluster, SoftwareStack stack, Recompute recompute, List<string> assumed)
    {
        var tensor = row.Whole("tp", 1, 100_000);
        var pipeline = row.Whole("pp", 1, 100_000);
        var sharded = row.Text("fsdp").StartsWith('1');
        if (tensor is null && pipeline is null && !(sharded && cluster.Devices > 1))
        {
            assumed.Add("layout over the devices");
            return null;
        }
        int t = tensor ?? 1, p = pipeline ?? 1, c = row.Whole("cp", 1, 100_000) ?? 1;
        var data = row.Whole("dp", 1, 10_000_000) is { } given && (long)given * t * p * c == cluster.Devices ? given : Math.Max(1, cluster.Devices / (t * p * c));
        var zero = row.Text("fsdp") == "1" ? 3 : row.Whole("zero", 0, 3) ?? (sharded ? 3 : p > 1 ? Math.Min(1, stack.UsualZero) : stack.UsualZero);
        zero = Math.Max(zero, stack.LeastZero);
        var micro = row.Whole("mbs", 1, 1_000_000);
        if (micro is null) assumed.Add("the fastest micro-batch that fits");
        var mode = row.Text("recompute");
        var parallel = t > 1 && (stack.SequenceParallel || mode.Contains("SP", StringComparison.Ordinal));
        var shard = ShardGroup().Match(row.Text("notes")) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return new()
        {
            Tensor = t, Pipeline = p, Context = c, Data = data, Interleave = p > 1 ? row.Whole("vp", 1, 10_000) ?? Interleave(row, model, p, stack, assumed) : 1,
            Expert = model.Experts > 0 ? row.Whole("ep", 1, 100_000) ?? 1 : 1, Zero = zero, MicroBatch = micro ?? 1, Recompute = recompute, SequenceParallel = parallel,
            ShardGroup = shard,
        };
    }

    /// <summary>As often as layers allow, up to ten chunks a stage, where the stack usually does.</summary>
    private static int Interleave(CsvRow row, LanguageModel model, int pipeline, SoftwareStack stack, List<string> assumed)
    {
        var notes = row.Text("notes");
        if (!stack.Interleaves && !notes.Contains("interleaved", StringComparison.OrdinalIgnoreCase)) return 1;
        assumed.Add("interleaving");
        var layers = (model.Layers + pipeline - 1) / pipeline;
        return Enumerable.Range(1, Math.Min(10, layers)).Last(v => layers % v == 0);
    }

    private static int Batch(CsvRow row, Cluster cluster, int sequence, Parallelism? layout, List<string> assumed)
    {
        if (row.Whole("gbs", 1, 100_000_000) is { } given) return given;
        assumed.Add("global batch of 4,096 tokens a device");
        var sequences = Math.Max(1, (int)Math.Min(1e8, Math.Max(cluster.Devices, (double)UsualTokensPerDevice * cluster.Devices / sequence)));
        return layout is { } l ? Math.Max(1, sequences / (l.Data * l.MicroBatch)) * l.Data * l.MicroBatch : sequences;
    }

    /// <summary>A pipeline that is given its whole share of the batch as one micro-batch cuts it into one for each stage.</summary>
    private static Parallelism Split(Parallelism layout, TrainingJob job) =>
        layout.Pipeline > 1 && layout.MicroBatch >= layout.Pipeline && job.GlobalBatch <= layout.Data * layout.MicroBatch
            ? layout with { MicroBatch = layout.MicroBatch / layout.Pipeline }
            : layout;

    private static (double? Seconds, string From) Truth(CsvRow row, TrainingJob job, Cluster cluster, Recompute recompute)
    {
        var measured = row.Text("measured");
        bool Has(string column) => measured.Length == 0 || measured.Contains(column, StringComparison.Ordinal);
        var tokens = (double)job.GlobalBatch * job.SequenceLength / cluster.Devices;
        if (Has("iter_time_s") && row.Number("iter_time_s", 1e-9, 1e9) is { } step && row.Text("gbs").Length > 0) return (step, "step time");
        if (Has("tokens_per_s_per_device") && row.Number("tokens_per_s_per_device", 1e-9, 1e12) is { } rate) return (tokens / rate, "tokens per second");
        var convention = row.Text("tflops_convention");
        double PerToken(string words) => FlopsConvention.PerToken(words, job.Model, job.SequenceLength, recompute, row.Number("active_params_b", 1e-3, 1e6));
        if (row.Number("tflops_per_device", 1e-9, 1e6) is { } teraflops) return (tokens * PerToken(convention) / (teraflops * 1e12), "TFLOPS, " + convention);
        var peak = (row.Number("peak_bf16_tflops", 1e-9, 1e6) ?? cluster.Accelerator.Peak(DataType.Bf16) ?? 1) * 1e12;
        if (row.Number("mfu", 1e-6, 100) is { } mfu) return (tokens * PerToken("model") / (mfu / 100 * peak), "MFU");
        if (row.Number("hfu", 1e-6, 100) is { } hfu) return (tokens * PerToken("hw") / (hfu / 100 * peak), "HFU");
        return (null, "");
    }

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Version();

    [GeneratedRegex(@"_(20[0-9]{2})(?:0[1-9]|1[0-2])_")]
    private static partial Regex Month();

    [GeneratedRegex(@"zero1=(\d+)")]
    private static partial Regex ShardGroup();
}
