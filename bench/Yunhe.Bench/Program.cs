using System.Text.Json;
using System.Text.Json.Serialization;
using Yunhe.Bench;
using Yunhe.Bench.Planning;
using Yunhe.Cli;
using Yunhe.Planning;
using Yunhe.Simulator.Traces;

var benches = new (string Name, string What, Func<Options, Task<IReadOnlyList<Row>>> Run)[]
{
    ("submissions", "durable submissions over HTTP beside sbatch and slurmrestd of a real Slurm here", Submissions.RunAsync),
    ("first-line", "from submission to the first line of output, beside the process's own start", FirstLine.RunAsync),
    ("rlscheduler", "RLScheduler's table reproduced: FCFS, SJF, F1 with and without backfill [--log FILE --procs n --starts a,b,c]", RlScheduler.RunAsync),
    ("easy-kth", "EASY, EASY-SJBF, EASY++ and exact run times on KTH-SP2 beside the published schedules [--log FILE --procs n]", EasyKth.RunAsync),
    ("quality", "Yunhe's own policy beside the published tables, with waits beside EASY [--log FILE --procs n --windows a,b|--full]", Quality.RunAsync),
    ("simulation", "jobs per CPU second of a whole log through one machine, FCFS with EASY [--log FILE --procs n]", SimulationSpeed.RunAsync),
    ("nation", "a slice of a year of 10,000 sites through Controller.Step, and what the year would take [--sites N --jobs N]", Nation.RunAsync),
    ("forecast", "start forecasts held against the starts, and what one costs [--log FILE --every n] [--network FILE|examples --trace FILE --pace x]", Forecasts.RunAsync),
    ("queued", "100,000 queued workloads: memory, restart, list and show", Queued.RunAsync),
    ("placements", "placements per second on 100, 1,000 and 10,000 sites  [--sites N,…] [--waiting N] [--rounds N]", Placements.RunAsync),
    ("openb", "GPU packing beside best fit and FGD  [--variant PODS.csv [--orders FILE…] [--seeds N]] [--nodes NODES.csv] [--large]", Packing.RunAsync),
    ("optimality", "windows decided one by one and together, over CP-SAT's optimum [--windows N --items N --seed S --limit SECONDS --packings N]", Optimality.RunAsync),
    ("serving", "serving measurements predicted, beside a plain roofline [--points FILE] [--fit [--write FILE]] [--cross-validate]", Serving.RunAsync),
    ("plan-search", "layouts of large models searched per CPU second, whole and pruned, beside a public planner", PlanSearch.RunAsync),
    ("goodput", "kept work of long trainings under failures, simulated by the server's own step, beside the planner's formula", Goodput.RunAsync),
    ("planner", "predicted training steps and memory beside published ones, and beside a constant MFU [--points FILE] [--cross-validate] [--fit] [--rows] [--plot FILE]", Planner.RunAsync),
    ("green", "kgCO2e saved by waiting for a cleaner hour on real grids, beside perfect foresight [--series FILE]", GreenWaiting.RunAsync),
    ("siting", "where to build: time and proven gap of ten clusters, five years, six kinds of hardware, beside plans without a solver [--seeds N --from N --limit SECONDS]", Siting.RunAsync),
};

if (args is [] or ["--help"])
{
    Console.WriteLine("bench/run NAME [--data DIR] [--json]");
    foreach (var (name, what, _) in benches) Console.WriteLine($"  {name,-14} {what}");
    return 0;
}

var bench = benches.FirstOrDefault(b => b.Name == args[0]);
if (bench.Run is null)
{
    Console.Error.WriteLine($"there is no bench '{args[0]}'; bench/run lists them");
    return 2;
}

try
{
    var options = Options.Parse(args[1..]);
    if (options.Arguments is [var word, ..] && !word.StartsWith("--", StringComparison.Ordinal)) throw new OptionException($"{word}: what is it? Each word follows a name, such as --log {word} (bench/run lists what each bench takes)");
    var rows = await bench.Run(options);
    if (options.Unused is { Count: > 0 } unused) Console.Error.WriteLine($"not used: {string.Join(", ", unused)} (bench/run lists what each bench takes)");
    if (options.Has("--json")) Console.WriteLine(JsonSerializer.Serialize(rows, new JsonSerializerOptions(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals }));
    else Row.Print(rows);
    return 0;
}
catch (Exception e) when (e is TraceException or PlanException or OptionException or UsageException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
