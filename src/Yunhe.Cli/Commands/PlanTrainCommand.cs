using System.CommandLine;
using Yunhe.Cli.Planning;
using Yunhe.Contracts.Dialects;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Plans;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Cli.Commands;

internal static class PlanTrainCommand
{
    public static Command Create(CommandContext context)
    {
        var model = Text("--model", "A known model (llama-3-70b), a size (70B, 8x7B, 235B-A22B), a shape (layers=80,hidden=8192,heads=64,…), or a FILE: YAML or a config.json", "MODEL");
        var tokens = Text("--tokens", "To train on, such as 2T [default: 20 for each active parameter]", "N");
        var sequence = new Option<int>("--sequence") { Description = "Tokens of a sequence", HelpName = "N", DefaultValueFactory = _ => 8192 };
        var batch = Text("--batch", "Sequences of a step, or tokens with a unit: 1024, 4M [default: about 4M tokens]", "N");
        var precision = new Option<string>("--precision") { Description = "Of matrix products", HelpName = "bf16|fp16|fp8", DefaultValueFactory = _ => "bf16" };
        var network = Text("--network", "Sites with accelerators, from a file", "FILE");
        var cluster = new Option<string[]>("--cluster")
        {
            Description = "A cluster in one line, such as 1024xH100,scale_out=400; may be repeated. Keys: name, accelerator, devices, per_node, scale_up (GB/s), domain, "
                + "scale_out (Gbit/s a device), storage (GB/s), price (¥ a device and hour), pue, carbon (g/kWh), province, link (Gbit/s), rtt (ms), memory (GB), tflops",
            HelpName = "SPEC",
        };
        var site = new Option<string[]>("--site") { Description = "Only these sites, with commas between; may be repeated", HelpName = "NAMES" };
        var devices = new Option<int?>("--devices") { Description = "To be used of a cluster [default: all that layouts can use]", HelpName = "N" };
        var sizes = new SizeOptions();
        var failures = new Option<double?>("--failures") { Description = "Of a thousand nodes in a day [default: 3.79, Llama 3 405B's]", HelpName = "N" };
        var restart = new Option<double?>("--restart") { Description = "Minutes until a run goes on after a failure [default: 10]", HelpName = "MINUTES" };
        var stack = Text("--stack", "Software that trains, such as Megatron-Core or torchtitan [default: a typical one]", "NAME");
        var optimize = new Option<PlanObjective>("--optimize") { Description = "By what clusters are ranked", HelpName = "time|cost|carbon" };
        var alternatives = new Option<int>("--alternatives") { Description = "Layouts shown for the best cluster", HelpName = "N", DefaultValueFactory = _ => 5 };
        var local = new Option<int>("--local-steps") { Description = "Steps between exchanges of sites that train together", HelpName = "N", DefaultValueFactory = _ => 1 };
        var hand = new HandInOptions();
        var command = new Described("train", "What training a model takes: the best layout on each cluster, time, failures, money, energy, carbon; and hands it in",
            "yunhe plan train --model llama-3-70b --tokens 2T --cluster 1024xH100",
            "yunhe plan train --model 70B --tokens 2T --batch 4M --network examples/networks/eight-hubs.yaml --optimize cost",
            "yunhe plan train --model deepseek-v3 --precision fp8 --cluster 2048xH800,storage=1000 --output json",
            "yunhe plan train --model qwen3-8b --tokens 1T --network examples/networks/three-sites.yaml --site guiyang --task train.yaml")
        {
            model, tokens, sequence, batch, precision, network, cluster, site, devices, failures, restart, stack, optimize, alternatives, local,
        };
        sizes.AddTo(command);
        hand.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            // 1. The question.
            var (named, shape) = ModelFile.Read(parsed.GetValue(model) ?? throw new UsageException("--model is missing: a name, a size such as 70B, a shape or a file"));
            var request = new TrainingPlanRequest
            {
                Model = named,
                Shape = shape,
                Tokens = parsed.GetValue(tokens) ?? "",
                Sequence = parsed.GetValue(sequence),
                Batch = parsed.GetValue(batch) ?? "",
                Precision = parsed.GetValue(precision)!,
                Devices = parsed.GetValue(devices),
                Limits = sizes.Read(parsed),
                FailuresPerThousandNodeDays = parsed.GetValue(failures),
                RestartMinutes = parsed.GetValue(restart),
                Stack = parsed.GetValue(stack) ?? "",
                Optimize = parsed.GetValue(optimize),
                Alternatives = parsed.GetValue(alternatives),
                LocalSteps = parsed.GetValue(local),
            };
            var question = QuestionReader.Read(request);
            hand.Check(parsed);

            // 2. The clusters it is asked of.
            var clusters = parsed.GetValue(cluster) ?? [];
            var (candidates, unusable) = (clusters.Length, parsed.GetValue(network)) switch
            {
                ( > 0, not null) => throw new UsageException("give --network or --cluster, not both"),
                ( > 0, _) => ([.. clusters.Select(ClusterSpec.Parse)], []),
                (_, { } file) => PlannedSites.FromFile(file),
                _ => await PlannedSites.FromServerAsync(context.Client(parsed), cancel),
            };
            (candidates, unusable) = HostFilter.Only(candidates, unusable, [.. (parsed.GetValue(site) ?? []).SelectMany(s => s.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]);

            // 3. The plan, and what becomes of it.
            var plan = await Task.Run(() => TrainingPlanner.Plan(question, candidates, unusable), cancel);
            context.Show(parsed, plan, () => new TrainingTables(context).Write(plan));
            if (plan.Best is not { } best)
            {
                await context.Shell.Err.WriteLineAsync("error: it can run nowhere as it is asked for");
                return ExitCodes.Refused;
            }
            return await hand.HandInAsync(context, parsed, plan, best, candidates.First(c => c.Cluster.Name == best.Name), cancel);
        });
        return command;
    }

    private static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };

    /// <summary>Sizes of the layout that are decided already.</summary>
    private sealed class SizeOptions
    {
        private readonly Option<int?> tensor = Size("--tp", "Tensor parallel size, if it is decided");
        private readonly Option<int?> pipeline = Size("--pp", "Pipeline parallel size, if it is decided");
        private readonly Option<int?> context = Size("--cp", "Context parallel size, if it is decided");
        private readonly Option<int?> expert = Size("--ep", "Expert parallel size, if it is decided");
        private readonly Option<int?> micro = Size("--micro-batch", "Sequences of a micro-batch, if it is decided");
        private readonly Option<int?> zero = Size("--zero", "ZeRO stage 0 to 3, if it is decided");
        private readonly Option<Recompute?> recompute = new("--recompute") { Description = "If it is decided", HelpName = "none|selective|full" };

        public void AddTo(Command command)
        {
            foreach (var option in (Option[])[tensor, pipeline, context, expert, micro, zero, recompute]) command.Add(option);
        }

        public LayoutLimits Read(ParseResult parsed) => new()
        {
            Tensor = parsed.GetValue(tensor),
            Pipeline = parsed.GetValue(pipeline),
            Context = parsed.GetValue(context),
            Expert = parsed.GetValue(expert),
            MicroBatch = parsed.GetValue(micro),
            Zero = parsed.GetValue(zero),
            Recompute = parsed.GetValue(recompute),
        };

        private static Option<int?> Size(string name, string description) => new(name) { Description = description, HelpName = "N" };
    }

    /// <summary>What becomes of the plan: a task in a file, or handed in.</summary>
    private sealed class HandInOptions
    {
        private readonly Option<bool> submit = new("--submit") { Description = "Hands the run in as a gang at the best site" };
        private readonly Option<bool> dryRun = new("--dry-run") { Description = "With --submit: prints the task and hands in nothing" };
        private readonly Option<string?> task = Text("--task", "Writes the task there, to be edited and handed in", "FILE");
        private readonly Option<string?> run = Text("--run", "What each node runs; TP, PP, DP, CP, EP, MICRO_BATCH … are its variables", "COMMAND");
        private readonly Option<string?> workdir = Text("--workdir", "Folder to upload; the run begins in its copy", "FOLDER");

        public void AddTo(Command command)
        {
            foreach (var option in (Option[])[submit, dryRun, task, run, workdir]) command.Add(option);
        }

        public void Check(ParseResult parsed)
        {
            if (parsed.GetValue(dryRun) && !parsed.GetValue(submit)) throw new UsageException("--dry-run goes with --submit");
            if (parsed.GetValue(submit) && !parsed.GetValue(dryRun) && parsed.GetValue(run) is null)
                throw new UsageException("--submit needs --run COMMAND: what each node runs; or write the task with --task FILE and edit it");
        }

        public async Task<int> HandInAsync(CommandContext context, ParseResult parsed, TrainingPlan plan, HostPlan best, HostCandidate candidate, CancellationToken cancel)
        {
            if (!parsed.GetValue(submit) && parsed.GetValue(task) is null) return ExitCodes.Success;
            if (candidate.Site.Length == 0) throw new UsageException($"{best.Name} is no site: a task can be made for sites of --network or of a server");
            var yaml = TrainingTask.Yaml(plan, best, candidate, parsed.GetValue(run), parsed.GetValue(workdir));
            if (parsed.GetValue(task) is { } file)
            {
                await File.WriteAllTextAsync(file, yaml, cancel);
                await context.Shell.Err.WriteLineAsync($"the task is in {file}: yunhe submit {file}");
            }
            if (!parsed.GetValue(submit)) return ExitCodes.Success;
            if (parsed.GetValue(dryRun))
            {
                await context.Shell.Out.WriteLineAsync();
                await context.Shell.Out.WriteAsync(yaml);
                return ExitCodes.Success;
            }

            var draft = YamlTask.Read(yaml, "plan", new DialectContext(context.Shell.Time.GetUtcNow(), context.Shell.Environment));
            context.Warn(draft.Warnings);
            var client = context.Client(parsed);
            var submitted = await client.SubmitAsync(await Tasks.Uploads.SendAsync(client, draft, context.Shell, cancel), Guid.NewGuid().ToString("N"), cancel);
            context.Warn(submitted.Warnings.Except(draft.Warnings));
            await (context.Json(parsed) ? context.Shell.Err : context.Shell.Out).WriteLineAsync($"submitted {submitted.Id}");
            return ExitCodes.Success;
        }
    }
}
