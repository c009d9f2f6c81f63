using System.CommandLine;
using System.Text.Json;
using Yunhe.Cli.Commands;
using Yunhe.Cli.Following;
using Yunhe.Cli.Work;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Sites;

/// <summary>Runs the benchmark as an ordinary job on nodes of a site and has the server keep what it measured.</summary>
internal static class SiteMeasure
{
    private const long MemoryMib = 1536;
    private const int TimeLimitSeconds = 1800;

    public static Described Create(CommandContext context)
    {
        var name = Words.Required("NAME", "Name of the site");
        var pool = new Option<string?>("--pool") { Description = "Of which pool the nodes are to be [default: the first]", HelpName = "NAME" };
        var nodes = Whole("--nodes", "How many nodes, at once; their network is measured too", 1, 1, 1000);
        var cpus = new Option<int?>("--cpus") { Description = "Cores of a node that measure [default: all]", HelpName = "N" };
        var seconds = Whole("--seconds", "For each data type", 3, 1, 600);
        var order = Whole("--order", "Rows and columns of the matrices", 1024, 64, 8192);
        var disk = Whole("--disk-mib", "Written and read; 0: the disk is left alone", 256, 0, 1 << 20);
        var program = new Option<string?>("--program") { Description = "The yunhe command on the nodes [default: this one on a local site, else yunhe]", HelpName = "PATH" };
        var accelerators = new Option<string?>("--accelerators") { Description = "Your own benchmark of all accelerators of a node; prints lines such as: bf16 2500 TFLOPS", HelpName = "COMMAND" };
        var command = new Described("measure", "Measures a site's nodes by a job: matrix products, memory, disk, network; kept beside the nominal figures",
            "yunhe site measure here", "yunhe site measure hpc --nodes 2 --program /shared/bin/yunhe",
            "yunhe site measure gpu --accelerators 'python3 /shared/gemm.py'") { name, pool, nodes, cpus, seconds, order, disk, program, accelerators };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var site = await client.SiteAsync(parsed.GetRequiredValue(name), cancel);
            var of = Pool(site, parsed.GetValue(pool));
            var job = Job(site, of, parsed.GetValue(nodes), parsed.GetValue(cpus), parsed.GetValue(accelerators) is not null);
            var request = job with
            {
                Program = new()
                {
                    Kind = ProgramWord.Command,
                    Command =
                    [
                        parsed.GetValue(program) ?? (site.Site.Engine == "local" ? Itself(context.Shell) : "yunhe"), "work", "measure", "--threads", $"{job.Resources[0].Cpus}", "--seconds", $"{parsed.GetValue(seconds)}", "--order", $"{parsed.GetValue(order)}",
                        "--disk-mib", $"{parsed.GetValue(disk)}", .. parsed.GetValue(accelerators) is { } own ? (string[])["--accelerators", own] : [],
                    ],
                },
            };
            var submitted = await client.SubmitAsync(request, Guid.NewGuid().ToString("N"), cancel);
            context.Warn(submitted.Warnings);
            var code = await new Follower(client, context, parsed, aside: true).FollowAsync(submitted.Id, cancel);
            if (code != ExitCodes.Success) return code;
            var measured = await ReadAsync(client, submitted.Id, context.Shell.Err, cancel);
            var kept = await client.RecordMeasurementAsync(site.Site.Name, measured, cancel);
            context.Show(parsed, kept, () => context.Table([], MeasurementRows.Of(kept)));
            if (measured.Pool != of.Name) await context.Shell.Err.WriteLineAsync($"the job ran in pool {measured.Pool}, not in {of.Name}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static PoolView Pool(SiteView site, string? name)
    {
        var usable = site.Pools.Where(p => p.Nodes > 0).ToList();
        if (usable.Count == 0) throw new UsageException($"site {site.Site.Name} has no usable nodes ({site.Status}{(site.Problem is { } p ? $": {p}" : "")})");
        return name is null ? usable[0] : usable.FirstOrDefault(p => p.Name == name)
            ?? throw new UsageException($"--pool: site {site.Site.Name} has no usable pool {name}; it has {string.Join(", ", usable.Select(p => p.Name))}");
    }

    private static WorkloadRequest Job(SiteView site, PoolView pool, int nodes, int? cpus, bool withAccelerators)
    {
        if (nodes > pool.Nodes) throw new UsageException($"--nodes: pool {pool.Name} has {pool.Nodes} usable nodes");
        var perNode = pool.Cpus / pool.Nodes;
        if (cpus is { } asked && (asked < 1 || asked > perNode)) throw new UsageException($"--cpus: a node of pool {pool.Name} has {perNode} cores");
        var cards = pool.Accelerators / pool.Nodes;
        if (withAccelerators && cards == 0) throw new UsageException($"--accelerators: pool {pool.Name} has none");
        return new()
        {
            Name = $"measure-{site.Site.Name}",
            Program = new(),
            Sites = [site.Site.Name],
            NumNodes = nodes,
            Resources = [new() { Cpus = cpus ?? perNode, MemoryMib = Math.Min(MemoryMib, pool.MemoryMib / pool.Nodes), Accelerator = withAccelerators ? pool.Accelerator : null, Accelerators = withAccelerators ? cards : 0 }],
            TimeLimitSeconds = TimeLimitSeconds,
        };
    }

    /// <summary>The files that the nodes wrote, as one.</summary>
    private static async Task<MeasurementRequest> ReadAsync(YunheClient client, string id, TextWriter warnings, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-measure-").FullName;
        try
        {
            await using var tar = await client.ResultsAsync(id, null, null, cancel);
            await Unpacking.UnpackAsync(tar, folder, warnings, cancel);
            var nodes = Directory.EnumerateFiles(folder, MeasureWork.FilePrefix + "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(f => JsonSerializer.Deserialize<NodeMeasurement>(File.ReadAllText(f), Wire.Json)!).ToList();
            if (nodes.Count == 0) throw new UsageException($"{id} brought no measurement back: look at yunhe logs {id}");
            var attempt = (await client.WorkloadAsync(id, cancel)).FirstTasks[0].Attempts[^1];
            return NodeMeasurement.Mean(attempt.Pool ?? "", id, nodes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>This command as a program: what YUNHE_EXE names, or the executable beside it.</summary>
    private static string Itself(Shell shell) => shell.Variable("YUNHE_EXE") is { } told ? told
        : Path.Combine(AppContext.BaseDirectory, "yunhe") is var own && File.Exists(own) ? own : "yunhe";

    private static Option<int> Whole(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Within(least, most);
        return option;
    }
}

/// <summary>A measurement as rows for people.</summary>
internal static class MeasurementRows
{
    public static IEnumerable<IReadOnlyList<string>> Of(MeasurementView view)
    {
        var m = view.Measured;
        yield return ["measured", $"{Format.Time(view.At)} by {m.Workload}: pool {m.Pool}, {m.Nodes} {(m.Nodes == 1 ? "node" : "nodes")}, {m.Cores} {(m.Cores == 1 ? "core" : "cores")} each"];
        foreach (var rate in m.Processors) yield return [$"{rate.Type.ToUpperInvariant()} a node", $"{rate.Gigaflops:0.0} GFLOPS ({rate.Gigaflops / m.Cores:0.0} a core)"];
        foreach (var rate in m.Accelerators) yield return [$"{rate.Type.ToUpperInvariant()} of the accelerators of a node", $"{rate.Gigaflops / 1000:0.0} T{(rate.Type == "int8" ? "OPS" : "FLOPS")}"];
        if (m.MemoryGbPerSecond is { } memory) yield return ["memory", $"{memory:0.0} GB/s"];
        if (m.DiskWriteMbPerSecond is { } write) yield return ["disk, written through", $"{write:0} MB/s"];
        if (m.DiskReadMbPerSecond is { } read) yield return ["disk, read", $"{read:0} MB/s"];
        if (m.NetworkGbitPerSecond is { } network) yield return ["network between nodes", $"{network:0.00} Gbit/s, {m.NetworkRoundTripMicroseconds:0} µs there and back"];
    }
}
