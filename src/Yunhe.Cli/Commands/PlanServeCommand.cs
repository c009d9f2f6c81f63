using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using Yunhe.Cli.Planning;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Serving.Plans;
using Yunhe.Planning.Tables;

namespace Yunhe.Cli.Commands;

internal static class PlanServeCommand
{
    public static Command Create(CommandContext context)
    {
        var model = new Option<string?>("--model") { Description = "A known model (llama-3.1-70b), a size (70B, 235B-A22B), a shape (layers=80,hidden=8192,heads=64,…), or a FILE", HelpName = "MODEL" };
        var precision = new Option<string>("--precision") { Description = "Of weights and products", HelpName = "bf16|fp8|fp4|int8|int4", DefaultValueFactory = _ => "fp8" };
        var engine = new Option<string>("--engine") { Description = "vllm, sglang or trtllm; others get the constants of all", HelpName = "NAME", DefaultValueFactory = _ => "vllm" };
        var input = new Option<double?>("--input") { Description = "Mean tokens of a prompt", HelpName = "N" };
        var output = new Option<string[]>("--output") { Description = "Mean tokens of an answer; or json instead of the table", HelpName = "N|json" };
        var rate = new Option<double?>("--rate") { Description = "Requests per second", HelpName = "N" };
        var burstiness = new Option<double?>("--burstiness") { Description = "Squared coefficient of variation of the time between requests [default: 1, Poisson]", HelpName = "N" };
        var first = new Option<string?>("--ttft") { Description = "Target of the time to the first token", HelpName = "DURATION" };
        var token = new Option<string?>("--tpot") { Description = "Target of the time per output token", HelpName = "DURATION" };
        var percentile = new Option<double>("--percentile") { Description = "Share of the requests that targets hold for, in %", HelpName = "N", DefaultValueFactory = _ => 95 };
        var accelerator = new Option<string?>("--accelerator") { Description = "Only these, with commas between [default: every one with 40 GB or more and a known price]", HelpName = "NAMES" };
        var cluster = new Option<string[]>("--cluster") { Description = "A cluster in one line, such as 64xH100,price=15; may be repeated", HelpName = "SPEC" };
        var network = new Option<string?>("--network") { Description = "Only what the sites of this file have, at their prices, PUE and carbon", HelpName = "FILE" };
        var pue = new Option<double>("--pue") { Description = "Of the data centre", HelpName = "N", DefaultValueFactory = _ => 1.3 };
        var carbon = new Option<double?>("--carbon") { Description = "Of the grid, g CO2 per kWh", HelpName = "N" };
        var dollar = new Option<double>("--yuan-per-dollar") { Description = "By which list prices in dollars become yuan", HelpName = "N", DefaultValueFactory = _ => ExchangeRate.YuanPerDollar };
        var trace = new Option<string?>("--trace") { Description = "Real requests (TIMESTAMP,ContextTokens,GeneratedTokens; may be .gz): rate, burstiness and lengths come from it, and it is replayed", HelpName = "FILE" };
        var command = new Described("serve", "What it takes to serve a model: accelerators, replicas, latencies, price per million tokens",
            "yunhe plan serve --model llama-3.1-70b --input 1000 --output 300 --rate 5 --ttft 500ms --tpot 50ms",
            "yunhe plan serve --model deepseek-v3 --engine sglang --input 2000 --output 500 --rate 20 --burstiness 3 --accelerator H200,B200 --percentile 99")
        {
            model, precision, engine, input, output, rate, burstiness, first, token, percentile, accelerator, cluster, network, pue, carbon, dollar, trace,
        };
        command.SetAction(parsed =>
        {
            var words = parsed.GetValue(output) ?? [];
            var requests = parsed.GetValue(trace) is { } file ? ReadTrace(file) : null;
            var (named, shape) = ModelFile.Read(parsed.GetValue(model) ?? throw new UsageException("--model is missing: a name, a size such as 70B, a shape or a file"));
            var request = new ServingPlanRequest
            {
                Model = named, Shape = shape, Precision = parsed.GetRequiredValue(precision), Engine = parsed.GetRequiredValue(engine),
                InputTokens = parsed.GetValue(input) ?? requests?.InputTokens ?? throw Missing("--input", "mean tokens of a prompt"),
                OutputTokens = Tokens(words) ?? requests?.OutputTokens ?? throw Missing("--output", "mean tokens of an answer"),
                RequestsPerSecond = parsed.GetValue(rate) ?? requests?.RequestsPerSecond ?? throw Missing("--rate", "requests per second"),
                Burstiness = parsed.GetValue(burstiness) ?? requests?.Burstiness ?? 1, LengthVariability = requests?.LengthVariability ?? 1,
                FirstTokenMs = Milliseconds("--ttft", parsed.GetValue(first)), PerTokenMs = Milliseconds("--tpot", parsed.GetValue(token)), Percentile = parsed.GetRequiredValue(percentile),
                Accelerators = parsed.GetValue(accelerator)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                Clusters = parsed.GetValue(cluster) ?? [], Pue = parsed.GetRequiredValue(pue), GramsPerKwh = parsed.GetValue(carbon), YuanPerDollar = parsed.GetRequiredValue(dollar),
            };
            var demand = ServingQuestion.Demand(request);
            var places = ServingQuestion.Places(request, parsed.GetValue(network) is { } sites ? Sites(sites, request) : []);
            var plan = ServingPlanner.Plan(demand, places);
            var replays = requests is null ? [] : plan.Options.Where(o => o.Replicas <= 1000).Take(5)
                .Select(o => (Option: o, Result: TraceReplay.Run(requests, demand, places.First(p => p.Name == o.Place), o))).ToList();
            if (words.Contains("json")) context.Print(new ServingAnswer(plan, [.. replays.Select(r => new ServingReplay(r.Option.Place, r.Option.Layout, r.Result))]));
            else ServingTables.Write(context, plan, replays);
            return plan.Options.Any(o => o.MeetsTargets) ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static IReadOnlyList<HostCandidate> Sites(string file, ServingPlanRequest request)
    {
        if (request.Accelerators.Count + request.Clusters.Count > 0) throw new UsageException("give --network, or --accelerator and --cluster, not both");
        var (candidates, unusable) = PlannedSites.FromFile(file);
        return candidates.Count > 0 ? candidates
            : throw new UsageException($"{file}: no site has accelerators that are known: {string.Join("; ", unusable.Select(u => $"{u.Name}: {u.Because}"))}");
    }

    private static UsageException Missing(string option, string what) => new($"{option} is missing: {what} (or give --trace)");

    private static double? Tokens(IEnumerable<string> words)
    {
        var numbers = words.Where(w => w is not ("json" or "table")).ToList();
        if (numbers.Count == 0) return null;
        return numbers.Count == 1 && double.TryParse(numbers[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var tokens)
            ? tokens
            : throw new UsageException($"--output '{string.Join(' ', numbers)}' is neither a number of tokens nor json");
    }

    private static double? Milliseconds(string option, string? text)
    {
        if (text is null) return null;
        if (text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) && double.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.Float, CultureInfo.InvariantCulture, out var ms)) return ms;
        return text.EndsWith('s') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? seconds * 1000
            : throw new UsageException($"{option} '{text}' is no duration: write 500ms or 2s");
    }

    private static RequestTrace ReadTrace(string path)
    {
        Files.MustExist(path);
        try
        {
            using var file = File.OpenRead(path);
            using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return RequestTrace.Read(plain);
        }
        catch (Exception e) when (e is TableException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }
}
