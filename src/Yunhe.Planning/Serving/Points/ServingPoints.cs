using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Planning.Models;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Serving.Points;

/// <summary>A row that says too little, or something unknown.</summary>
public sealed record SkippedPoint(string Id, long Line, string Why);

/// <summary>Reads tables of published serving measurements.</summary>
public static partial class ServingPoints
{
    /// <summary>Builds whose published runs of DeepSeek-R1 predicted several tokens a step: the same settings without it take twice as long.</summary>
    private static readonly string[] DraftBuilds = ["1.2.0rc6.post3", "1.1.0rc2.post2"];

    /// <summary>Builds whose published runs take 1.3 ms a layer and step, however few the clients: no graph was replayed.</summary>
    private static readonly string[] UncapturedBuilds = ["1.3.0rc1"];

    /// <summary>
    /// Published vLLM runs with so many clients: the time to the first token is 4.5 times that of an answer whatever the devices, the model's input and output, and the time per token is that
    /// of few in flight. So ten rounds of requests were handed in at once, and the clients told are not those in flight.
    /// </summary>
    private const int BurstClients = 512;

    /// <summary>Such a deployment without its expert parallelism told: over so many times the devices that are.</summary>
    private const int Wide = 16;

    private const int Node = 8;

    public static (IReadOnlyList<ServingPoint> Points, IReadOnlyList<SkippedPoint> Skipped) Read(Stream stream)
    {
        var points = new List<ServingPoint>();
        var skipped = new List<SkippedPoint>();
        // A likeness is searched for: once for each size.
        var likes = new Dictionary<(string, double?, double?), LanguageModel?>();
        foreach (var row in CsvTable.Read(stream, "model", "device"))
        {
            try
            {
                points.Add(Point(row, likes));
            }
            catch (TableException e)
            {
                skipped.Add(new(row.Text("id"), row.Line, e.Message));
            }
        }

        var often = points.CountBy(Same).ToDictionary();
        return ([.. points.Select(p => p with { Weight = 1.0 / often[Same(p)] })], skipped);
    }

    private static (string, string, double, double, double, double?, double?, double?) Same(ServingPoint p) =>
        (p.Family, p.Accelerator.Name, p.Input, p.Output, p.Clients, Rounded(p.PerTokenMs), Rounded(p.FirstTokenMs), p.OutputPerSecond);

    private static double? Rounded(double? ms) => ms is { } value ? Math.Round(value, 1) : null;

    private static ServingPoint Point(CsvRow row, Dictionary<(string, double?, double?), LanguageModel?> likes)
    {
        var name = row.Text("model");
        if (name.Length == 0) throw row.Problem("model", "a model's name");
        var preset = ModelLookup.Preset(name);
        var shape = preset ?? Like(row, likes)
            ?? throw row.Problem("model", "a known model, or params_b");
        var accelerator = AcceleratorLookup.Find(row.Text("device")) ?? throw row.Problem("device", "an accelerator of the catalogue");
        var test = Test(row);
        var layout = Layout(row, shape.Experts > 0);
        // Deployments that only prefill or decode give figures of a part of their devices.
        if (test is ServingTest.Prefill or ServingTest.Decode) layout = new(1, 1, Math.Max(layout.Devices, Count(row, "ep") ?? Wide * layout.Devices), shape.Experts > 0);
        var precision = Precision(row, shape.Experts > 0);
        var model = ServedModel.Of(shape);
        if (ServingMemory.Of(model, accelerator, layout, precision, 1).Weights > accelerator.MemoryGB * 1e9)
            throw row.Problem("n_devices", $"devices that hold {name} in {precision.Name}");
        var engine = ServingEngines.Plain(row.Text("engine"));
        var clients = Count(row, "concurrency") ?? Count(row, "batch") ?? 0;
        if (clients == 0 && test is ServingTest.Closed or ServingTest.Static && !(test is ServingTest.Closed && row.Text("kind") == "throughput"))
            throw row.Problem("concurrency", "clients or a batch");
        var (first, perToken) = (Positive(row, "ttft_ms"), Positive(row, "tpot_ms"));
        var output = test == ServingTest.Decode ? Positive(row, "out_tok_s_per_device") * layout.Devices
            : Positive(row, "out_tok_s_total") ?? (Positive(row, "out_tok_s_per_device") * layout.Devices);
        var input = Positive(row, "in_tok_s_per_device");
        if ((first ?? perToken ?? output ?? input) is null) throw row.Problem("measured", "a measured ttft_ms, tpot_ms, out_tok_s_total, out_tok_s_per_device or in_tok_s_per_device");
        return new()
        {
            Id = row.Text("id"), Source = row.Text("source"), ModelName = name, Family = Family(preset?.Name ?? name), DeviceName = row.Text("device"),
            Model = model, ModelGuessed = preset is null, Accelerator = accelerator, Engine = engine, Layout = layout,
            Precision = precision, Draft = Draft(row), Test = test,
            Uncaptured = engine == "trtllm" && UncapturedBuilds.Contains(row.Text("engine_version")), Burst = engine == "vllm" && test == ServingTest.Closed && clients >= BurstClients,
            // Published deployments with experts over more than a node prefill on other devices than they decode on: the time per token does not depend on the prompts.
            Apart = test == ServingTest.Closed && layout.Data > 1 && layout.Tensor > 1 && layout.Devices > Node,
            Input = Count(row, "isl") ?? throw row.Problem("isl", "input tokens"), Output = Count(row, "osl") ?? 256, Clients = clients,
            FirstTokenMs = first, PerTokenMs = perToken, OutputPerSecond = output, InputPerSecondPerDevice = input,
        };
    }

    private static LanguageModel? Like(CsvRow row, Dictionary<(string, double?, double?), LanguageModel?> likes)
    {
        var size = (row.Text("model"), row.Number("params_b", 0, 1e5), row.Number("active_params_b", 0, 1e5));
        if (!likes.TryGetValue(size, out var like)) likes[size] = like = ModelLookup.Like(size.Item1, size.Item2, size.Item3);
        return like;
    }

    private static ServingTest Test(CsvRow row)
    {
        var (mode, kind) = (row.Text("mode"), row.Text("kind"));
        return kind.Contains("prefill", StringComparison.OrdinalIgnoreCase) ? ServingTest.Prefill
            : kind.Contains("decode", StringComparison.OrdinalIgnoreCase) ? ServingTest.Decode
            : mode.Contains("static", StringComparison.OrdinalIgnoreCase) ? ServingTest.Static
            : mode.Contains("offline", StringComparison.OrdinalIgnoreCase) || (kind == "throughput" && row.Text("concurrency").Length == 0) ? ServingTest.Offline
            : ServingTest.Closed;
    }

    /// <summary>
    /// Tables derived from InferenceX count tensor × expert parallelism as devices although both lie over the same ones: the run's own name tells
    /// (tp8_ep8 on 8 devices is given as 64), and where it does not, a square beyond a node does.
    /// </summary>
    private static ServingLayout Layout(CsvRow row, bool experts)
    {
        int? tensor = Count(row, "tp"), data = Count(row, "dp"), pipeline = Count(row, "pp"), expert = Count(row, "ep"), told = Count(row, "n_devices");
        var devices = told ?? (tensor ?? 1) * (pipeline ?? 1) * (data ?? 1);
        var named = Sizes().Match(row.Text("locator"));
        var root = (int)Math.Round(Math.Sqrt(devices));
        if (named.Success && int.Parse(named.Groups[2].ValueSpan, CultureInfo.InvariantCulture) is > 1 and var e
            && int.Parse(named.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is var t && devices == t * e) devices = t;
        else if (!named.Success && expert > 1 && devices > 8 && root * root == devices && root <= 8) devices = root;
        if (devices != told && told is not null && tensor is not null) return data > 1 && tensor == 1 ? new(1, 1, devices, true) : new(devices, 1, 1, true);
        // Tensor parallelism over more than a node is no way to run a model with experts: its attention is then copied.
        if (experts && (tensor ?? 1) > 8 && devices % 4 == 0) return new(4, 1, devices / 4, true);
        var copies = data is > 1 && devices % data.Value == 0 ? data.Value : 1;
        var stages = pipeline is > 1 && devices / copies % pipeline.Value == 0 ? pipeline.Value : 1;
        if (tensor is null && copies == 1 && experts && expert > devices / 2) copies = devices / stages;
        return new(Math.Max(1, devices / copies / stages), stages, copies, expert > 1);
    }

    private static ServingPrecision Precision(CsvRow row, bool experts)
    {
        var told = row.Text("precision");
        if (told.Length > 0 && !told.Equals("unspecified", StringComparison.OrdinalIgnoreCase) && !told.Equals("unknown", StringComparison.OrdinalIgnoreCase))
            return ServingPrecision.Named(told, experts) ?? throw row.Problem("precision", "fp16, bf16, fp8, int8, fp4 or int4");
        var hint = Width().Match(row.Text("model") + " " + row.Text("locator"));
        return ServingPrecision.Named(hint.Success ? hint.Value : "bf16", experts)!;
    }

    private static bool Draft(CsvRow row)
    {
        var texts = string.Join(' ', row.Text("mode"), row.Text("notes"), row.Text("locator"), row.Text("engine_version"));
        return Prediction().IsMatch(texts)
            || (row.Text("model").Contains("R1", StringComparison.Ordinal) && ServingEngines.Plain(row.Text("engine")) == "trtllm" && DraftBuilds.Contains(row.Text("engine_version")));
    }

    private static string Family(string preset) => preset.StartsWith("DeepSeek-V3", StringComparison.OrdinalIgnoreCase) ? "DeepSeek-V3" : preset;

    private static int? Count(CsvRow row, string column) => row.Whole(column, 1, 100_000_000);

    private static double? Positive(CsvRow row, string column) => row.Number(column, double.Epsilon, 1e12);

    [GeneratedRegex(@"_tp(\d{1,4})(?:_0)?_ep(\d{1,4})", RegexOptions.CultureInvariant)]
    private static partial Regex Sizes();

    [GeneratedRegex(@"nvfp4|mxfp4|fp4|fp8|int8|int4|awq|gptq", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Width();

    [GeneratedRegex(@"(?<![a-z])(mtp|eagle|spec(ulative)?[-_ ]?dec)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Prediction();
}
