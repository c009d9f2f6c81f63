using System.CommandLine;
using Yunhe.Cli.Simulating;
using Yunhe.Simulator.Networks;

namespace Yunhe.Cli.Commands;

internal static class SimulateCommand
{
    public static Command Create(CommandContext context)
    {
        var network = new Option<string?>("--network") { Description = "Sites and what befalls them, or openb's list of nodes as one site; left out: one machine of the trace's own size", HelpName = "FILE" };
        var trace = new Option<string?>("--trace") { Description = "Jobs: .swf, openb or Philly .csv, .jsonl; each may be .gz", HelpName = "FILE" };
        var policy = new Option<string?>("--policy") { Description = Policies, HelpName = "NAMES" };
        var seeds = new Option<int>("--seeds") { Description = "Runs of each policy; a seed decides what fails, and what is generated", HelpName = "N", DefaultValueFactory = _ => 1 };
        seeds.Within(1, 10_000);
        var output = new Option<string[]>("--output") { Description = "Folder for the report and each job; or json instead of the table", HelpName = "DIR|json" };
        var jobs = new Option<string>("--jobs") { Description = "Format of each run's jobs in the folder", HelpName = "csv|csv.gz|parquet|none", DefaultValueFactory = _ => "csv.gz" };
        jobs.AcceptOnlyFromAmong("csv", "csv.gz", "parquet", "none");
        var parallel = new Option<int?>("--parallel") { Description = "Runs at a time [default: as many as cores]", HelpName = "N" };
        parallel.Within(1, int.MaxValue);
        var skipBad = new Option<bool>("--skip-bad") { Description = "Counts bad lines of the trace and goes on, instead of ending at the first" };
        var limit = new Option<long?>("--limit-jobs") { Description = "Only so many jobs", HelpName = "N" };
        limit.Within(1, long.MaxValue);
        var from = new Option<string?>("--from") { Description = "Only jobs handed in from this time of the trace on, such as 30d; the clock begins there", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "Only jobs handed in before this time of the trace", HelpName = "TIME" };
        var generate = new Option<string?>("--generate") { Description = "Not the trace's jobs, but like ones, drawn anew for each seed, for so long", HelpName = "DURATION" };
        var processors = new Option<int?>("--processors") { Description = "Of the one machine, where the trace does not tell", HelpName = "N" };
        processors.Within(1, int.MaxValue);
        var live = new Option<string?>("--from-live")
        {
            Description = "Instead of a trace: a running network as it is now, from a server or a snapshot of one [default: the configured server]",
            HelpName = "URL|FILE", Arity = ArgumentArity.ZeroOrOne,
        };
        var whatIf = new Option<string[]>("--what-if") { Description = WhatIfs, HelpName = "TEXT" };
        var command = new Described("simulate", "Runs a trace in virtual time under several policies and compares them",
            "yunhe simulate --trace examples/traces/small.swf --policy yunhe,fcfs,easy,easy-sjbf",
            "yunhe simulate --network examples/networks/small.yaml --trace examples/traces/small.swf --policy cost,time,carbon --output out",
            "yunhe simulate --trace examples/traces/small.swf --generate 30d --policy easy,conservative --seeds 10 --output json",
            "yunhe simulate --from-live --what-if \"site guiyang fails at +2h for 8h\" --what-if \"drain wuxi, policy time\"")
        {
            network, trace, policy, seeds, output, jobs, parallel, skipBad, limit, from, to, generate, processors, live, whatIf,
        };
        command.SetAction((parsed, cancel) => parsed.GetResult(live) is null
            ? Task.Run(() => Comparison.Run(context.Shell, OptionsOf(parsed), cancel), CancellationToken.None)
            : RunLiveAsync(parsed, cancel));
        return command;

        ComparisonOptions OptionsOf(ParseResult parsed) => parsed.GetResult(whatIf) is not null ? throw new UsageException("--what-if goes with --from-live") : new()
        {
            Network = parsed.GetValue(network),
            Trace = parsed.GetValue(trace) ?? throw new UsageException("give the jobs, --trace FILE, or a running network, --from-live"),
            Policies = parsed.GetValue(policy) ?? throw new UsageException("--policy is missing: what is to be compared? yunhe simulate --help names them"),
            Seeds = parsed.GetRequiredValue(seeds),
            Output = parsed.GetValue(output) ?? [],
            Jobs = parsed.GetRequiredValue(jobs),
            Parallel = parsed.GetValue(parallel),
            SkipBad = parsed.GetValue(skipBad),
            LimitJobs = parsed.GetValue(limit),
            From = parsed.GetValue(from),
            To = parsed.GetValue(to),
            Generate = parsed.GetValue(generate),
            Processors = parsed.GetValue(processors),
        };

        async Task<int> RunLiveAsync(ParseResult parsed, CancellationToken cancel)
        {
            if (parsed.GetResult(policy) is not null) throw new UsageException("--policy doesn't go with --from-live, where a policy is a what-if: --what-if \"policy time\"");
            Option[] ofTraces = [network, trace, skipBad, limit, from, to, generate, processors];
            if (ofTraces.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } other) throw new UsageException($"{other.Name} doesn't go with --from-live");
            if ((parsed.GetValue(output) ?? []).Any(o => o is not ("json" or "table"))) throw new UsageException("--output: --from-live writes a table or json, no folder");
            var snapshot = await LiveStudy.ReadAsync(
                parsed.GetValue(live) ?? "", uri => uri is null ? context.Client(parsed) : context.Shell.Connect(uri, Settings.Resolve(context.Shell, uri.OriginalString).Token), cancel);
            return await Task.Run(
                () => LiveStudy.Run(
                    context.Shell, snapshot, parsed.GetValue(whatIf) ?? [], parsed.GetRequiredValue(seeds), parsed.GetValue(parallel),
                    (parsed.GetValue(output) ?? []).Contains("json"), cancel),
                cancel);
        }
    }

    private const string WhatIfs = "With --from-live, against what happens anyway; may be repeated: \"site NAME fails [at +2h] [for 8h]\", "
        + "\"link NAME fails …\", \"drain NAME [at +2h]\", \"policy cost|time|carbon|balanced\"; commas join what happens together";

    private static string Policies =>
        $"What is compared, with commas between. With --network, what every job wants: {string.Join(", ", NetworkPolicies.Names)}. Without: "
        + "yunhe (its own), easy, easy-sjbf, easy++, conservative; fcfs, sjf, f1 to f4, wfp3, unicef, each alone or with +easy, +conservative, +before-head";
}
