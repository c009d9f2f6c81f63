using System.Text.Json;
using Yunhe.Bench;

var benches = new (string Name, string What, Func<Options, Task<IReadOnlyList<Row>>> Run)[]
{
    ("submissions", "durable submissions over HTTP beside sbatch and slurmrestd of a real Slurm here", Submissions.RunAsync),
    ("first-line", "from submission to the first line of output, beside the process's own start", FirstLine.RunAsync),
    ("rlscheduler", "RLScheduler's table reproduced: FCFS, SJF, F1 with and without backfill [--log FILE --starts a,b,c]", RlScheduler.RunAsync),
    ("easy-kth", "EASY, EASY-SJBF, EASY++ and exact run times on KTH-SP2 beside the published schedules [--log FILE]", EasyKth.RunAsync),
    ("quality", "Yunhe's own policy beside the published tables, with waits beside EASY [--log FILE --procs n --windows a,b|--full]", Quality.RunAsync),
    ("simulation", "jobs per CPU second of a whole log through one machine, FCFS with EASY [--log FILE]", SimulationSpeed.RunAsync),
    ("forecast", "start forecasts held against the starts, and what one costs [--log FILE --every n]", Forecasts.RunAsync),
    ("queued", "100,000 queued workloads: memory, restart, list and show", Queued.RunAsync),
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

var rows = await bench.Run(Options.Parse(args[1..]));
if (args.Contains("--json")) Console.WriteLine(JsonSerializer.Serialize(rows, JsonSerializerOptions.Web));
else Row.Print(rows);
return 0;
