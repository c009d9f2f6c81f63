using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class PlanTrainTests : IDisposable
{
    private const string Network = """
        sites:
          - name: north
            engine: simulated
            province: Hebei
            pools: [{name: gpu, nodes: 16, cpus: 128, memory_mib: 2097152, accelerator: H100, accelerators: 8, scale_out_gbit_per_second: 400}]
            price_accelerator_hour: {H100: 18}
          - name: south
            engine: simulated
            pools: [{name: gpu, nodes: 2, cpus: 64, memory_mib: 1048576, accelerator: L4, accelerators: 1}]
          - name: plain
            engine: simulated
            pools: [{name: cpu, nodes: 8, cpus: 64, memory_mib: 262144}]
        """;

    private readonly Terminal terminal = new();
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-plan-").FullName;
    private readonly string network;

    public PlanTrainTests() => File.WriteAllText(network = Path.Combine(folder, "n.yaml"), Network);

    public static TheoryData<string> GuideCommands() =>
    [
        .. File.ReadAllLines(Path.Combine(Root(), "docs", "guides", "large-models.md")).Where(l => l.StartsWith("    yunhe plan train", StringComparison.Ordinal)).Select(l => l.Trim()),
    ];

    [Theory]
    [MemberData(nameof(GuideCommands))]
    public async Task The_guides_commands_work_as_they_are_written(string command)
    {
        Samples.Runs(terminal.Server, PhaseWord.Succeeded, 0);
        var words = command.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1)
            .Select(w => w.StartsWith("examples/", StringComparison.Ordinal) ? Path.Combine(Root(), w) : w == "train.yaml" ? Path.Combine(folder, w) : w);
        Assert.True(await terminal.RunAsync([.. words]) == 0, terminal.Err);
        Assert.True(terminal.Out.Split('\n').Length > 3, terminal.Out);
    }

    [Fact]
    public async Task A_plan_names_the_site_the_layout_and_what_it_assumed()
    {
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "1T", "--network", network) == 0, terminal.Err);
        foreach (var part in (string[])["8.03B parameters, 1T tokens", "north (Hebei)", "128 H100-SXM", "one step", "one thing changed", "south", "memory short by", "it has no accelerators", "assumed, since nobody said"])
            Assert.Contains(part, terminal.Out);
    }

    [Fact]
    public async Task Json_is_the_plan_of_the_API()
    {
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "1T", "--network", network, "--output", "json") == 0, terminal.Err);
        var host = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("hosts")[0];
        Assert.Equal(("north", 128), (host.GetProperty("site").GetString(), host.GetProperty("devices").GetInt32()));
        Assert.True(host.GetProperty("layout").GetProperty("step_seconds").GetDouble() > 0);
        Assert.Equal("", terminal.Err);
    }

    [Fact]
    public async Task Without_clusters_a_servers_sites_are_planned_over()
    {
        terminal.Server.Answer("GET /v1/sites", new SiteView[]
        {
            new()
            {
                Status = "up",
                Pools = [],
                Site = new() { Name = "here", Engine = "local", Pools = [new() { Name = "gpu", Nodes = 8, Cpus = 64, MemoryMib = 1 << 20, Accelerator = "A100-80GB", Accelerators = 8 }] },
            },
            new() { Status = "drained", Pools = [], Site = new() { Name = "closed", Engine = "local" } },
            new()
            {
                Status = "up",
                Site = new() { Name = "hpc", Engine = "slurm" },
                Pools = [new() { Name = "gpu", Nodes = 4, Cpus = 256, MemoryMib = 1 << 20, Accelerator = "H100", Accelerators = 32 }],
            },
        });
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "100B") == 0, terminal.Err);
        Assert.Contains("64 A100-80-SXM", terminal.Out);
        Assert.Contains("32 H100-SXM", terminal.Out);
        Assert.Contains("it is drained", terminal.Out);
    }

    [Fact]
    public async Task A_plan_becomes_a_task_that_submit_takes()
    {
        var file = Path.Combine(folder, "train.yaml");
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "1T", "--network", network, "--task", file) == 0, terminal.Err);
        Samples.Runs(terminal.Server, PhaseWord.Succeeded, 0);
        Assert.True(await terminal.RunAsync("submit", file) == 0, terminal.Err);
        var request = terminal.Server.Submitted();
        Assert.Equal((16, "north", "H100", 8m), (request.NumNodes, request.Sites.Single(), request.Resources.Single().Accelerator, request.Resources.Single().Accelerators));
        Assert.Equal(128, new[] { "TP", "PP", "DP", "CP" }.Aggregate(1, (all, name) => all * int.Parse(request.Envs[name], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains("torchrun", request.Program.Run);
        Assert.Equal("checkpoints", request.Checkpoint!.Path);
        Assert.True(request.EstimateSeconds > 0);
    }

    [Fact]
    public async Task Submit_hands_the_command_in_at_the_best_site()
    {
        Samples.Runs(terminal.Server, PhaseWord.Succeeded, 0);
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "1T", "--network", network, "--submit", "--run", "torchrun train.py --tp $TP") == 0, terminal.Err);
        Assert.Equal("torchrun train.py --tp $TP\n", terminal.Server.Submitted().Program.Run);
        Assert.Contains("submitted w17", terminal.Out);
    }

    [Fact]
    public async Task A_dry_run_prints_the_task_and_hands_in_nothing()
    {
        Assert.True(await terminal.RunAsync("plan", "train", "--model", "llama-3-8b", "--tokens", "1T", "--network", network, "--submit", "--dry-run") == 0, terminal.Err);
        Assert.Contains("num_nodes: 16", terminal.Out);
        Assert.Empty(terminal.Server.Asked);
    }

    [Theory]
    [InlineData("--model is missing", "--cluster", "8xH100")]
    [InlineData("model: there is no model 'lama-3-8b' (did you mean 'Llama-3-8B'", "--model", "lama-3-8b", "--cluster", "8xH100")]
    [InlineData("cluster: there is no accelerator 'H1000'", "--model", "7B", "--cluster", "8xH1000")]
    [InlineData("tokens: '0' is no amount", "--model", "7B", "--tokens", "0", "--cluster", "8xH100")]
    [InlineData("give --network or --cluster, not both", "--model", "7B", "--cluster", "8xH100", "--network", "n.yaml")]
    [InlineData("there is no file /nowhere.yaml", "--model", "7B", "--network", "/nowhere.yaml")]
    [InlineData("site: there is no site 'nort' (did you mean 'north'?)", "--model", "7B", "--network", "n.yaml", "--site", "nort")]
    [InlineData("two clusters are called", "--model", "7B", "--cluster", "8xH100", "--cluster", "8xH100")]
    [InlineData("--submit needs --run", "--model", "7B", "--network", "n.yaml", "--submit")]
    [InlineData("is no site", "--model", "llama-3-8b", "--cluster", "64xH100", "--task", "t.yaml")]
    public async Task What_is_wrong_is_told_and_ends_with_code_2(string message, params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["plan", "train", .. args.Select(a => a == "n.yaml" ? network : a)]));
        Assert.Contains(message, terminal.Err);
    }

    [Fact]
    public async Task A_model_that_fits_nowhere_is_refused_with_what_would_fit()
    {
        Assert.Equal(ExitCodes.Refused, await terminal.RunAsync("plan", "train", "--model", "llama-3.1-405b", "--cluster", "8xA100"));
        Assert.Contains("memory short by", terminal.Out);
        Assert.Contains("of these devices, or accelerators with", terminal.Out);
        Assert.Contains("it can run nowhere", terminal.Err);
    }

    [Fact]
    public async Task A_model_may_stand_in_a_file()
    {
        var json = Path.Combine(folder, "config.json");
        await File.WriteAllTextAsync(json, """
            {"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
             "hidden_act": "silu", "tie_word_embeddings": false, "rope_theta": 500000.0}
            """);
        var yaml = Path.Combine(folder, "mine.yaml");
        await File.WriteAllTextAsync(yaml, "{layers: 32, hidden: 4096, heads: 32, kv_heads: 8, ffn: 14336}");
        foreach (var file in (string[])[json, yaml])
        {
            Assert.True(await terminal.RunAsync("plan", "train", "--model", file, "--tokens", "1T", "--cluster", "64xH100") == 0, terminal.Err);
            Assert.Contains("8.03B parameters", terminal.Out);
        }
        // What the file leaves out is told, here the vocabulary.
        Assert.Contains("model vocab", terminal.Out);
        await File.WriteAllTextAsync(yaml, "{layers: 32, hidden: 4096, heads: 32, color: red}");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("plan", "train", "--model", yaml, "--cluster", "64xH100"));
        Assert.Contains("color", terminal.Err);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
