using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Cli.Tests;

public sealed class SimulateTests : IDisposable
{
    private static readonly string Examples = Path.Combine(Root(), "examples");
    private static readonly string Log = Path.Combine(Examples, "traces", "small.swf");
    private static readonly string ThreeSites = Path.Combine(Examples, "networks", "three-sites.yaml");

    private readonly Terminal terminal = new();
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-simulate-").FullName;

    public static TheoryData<string> GuideCommands() =>
    [
        .. File.ReadAllLines(Path.Combine(Root(), "docs", "guides", "simulate.md")).Where(l => l.StartsWith("    yunhe simulate --", StringComparison.Ordinal))
            .Select(l => l.Trim()),
    ];

    [Theory]
    [MemberData(nameof(GuideCommands))]
    public async Task The_guides_commands_work_as_they_are_written(string command)
    {
        terminal.Server.AnswerText("GET /v1/snapshot", System.Text.Encoding.UTF8.GetString(Snapshot().ToJson()), "application/json");
        var words = command.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1)
            .Select(w => w.StartsWith("examples/", StringComparison.Ordinal) ? Path.Combine(Root(), w) : w);
        Assert.True(await terminal.RunAsync([.. words]) == 0, terminal.Err);
        Assert.True(terminal.Out.Split('\n').Length > 3, terminal.Out);
    }

    [Fact]
    public async Task Json_has_the_means_of_every_policy_in_the_order_asked_for()
    {
        Assert.Equal(0, await terminal.RunAsync("simulate", "--trace", Log, "--policy", "easy,fcfs", "--output", "json"));
        var policies = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("policies");
        Assert.Equal(["easy", "fcfs"], policies.EnumerateArray().Select(p => p.GetProperty("policy").GetString()));
        Assert.Equal(300, policies[0].GetProperty("jobs").GetInt32());
        Assert.True(policies[0].GetProperty("wait_mean_s").GetDouble() < policies[1].GetProperty("wait_mean_s").GetDouble());
        Assert.Equal("", terminal.Err);
    }

    [Fact]
    public async Task A_folder_gets_the_report_and_every_runs_jobs_and_two_cores_change_no_byte()
    {
        var (one, two) = (Path.Combine(folder, "one"), Path.Combine(folder, "two"));
        foreach (var (to, parallel) in new[] { (one, "1"), (two, "4") })
            Assert.Equal(0, await terminal.RunAsync(
                "simulate", "--network", ThreeSites, "--trace", Log, "--policy", "cost,time", "--seeds", "2", "--jobs", "csv", "--output", to, "--parallel", parallel));
        Assert.True(File.Exists(Path.Combine(one, "report.html")));
        Assert.Equal(["cost-1.csv", "cost-2.csv", "time-1.csv", "time-2.csv"], Directory.GetFiles(Path.Combine(one, "jobs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var file in Directory.GetFiles(one, "*", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(one, two, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--output: can't write to /proc/nope", "--policy", "easy", "--output", "/proc/nope")]
    [InlineData("there is no policy quick of a machine: use yunhe,", "--policy", "quick")]
    [InlineData("there is no policy easy of a network: use balanced,", "--policy", "easy", "--network", "three")]
    [InlineData("--policy is missing")]
    [InlineData("--to must be later than --from", "--policy", "easy", "--from", "2d", "--to", "1d")]
    [InlineData("no job is left to run", "--policy", "easy", "--from", "1000d")]
    [InlineData("no job is left to run", "--policy", "easy", "--generate", "1s")]
    [InlineData("--processors must be 1 or more", "--policy", "easy", "--processors", "0")]
    [InlineData("--processors is of one machine", "--policy", "cost", "--processors", "4", "--network", "three")]
    [InlineData("--parallel must be 1 or more", "--policy", "easy", "--parallel", "0")]
    [InlineData("--limit-jobs must be 1 or more", "--policy", "easy", "--limit-jobs", "-4")]
    [InlineData("--output names no folder", "--policy", "easy", "--output", "")]
    [InlineData("--output names more than one folder: a, b", "--policy", "easy", "--output", "a", "--output", "b")]
    [InlineData("--what-if goes with --from-live", "--policy", "easy", "--what-if", "policy time")]
    [InlineData("--trace doesn't go with --from-live", "--from-live", "s.json")]
    [InlineData("there is no file", "--policy", "cost", "--network", "/nowhere.yaml")]
    public async Task What_is_wrong_is_told_and_ends_with_code_2(string message, params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["simulate", "--trace", Log, .. args.Select(a => a == "three" ? ThreeSites : a)]));
        Assert.Contains(message, terminal.Err);
    }

    [Theory]
    [InlineData("sites: []", "sites: is missing")]
    [InlineData("sites: [{name: a}]", "(a): pools: a local site needs at least one")]
    [InlineData("sites: [{name: a, engine: fast}]", "engine: fast can't be simulated")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {failures: [{of: disk}]}", "simulation.failures[0]: of: use node, site or link")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {failures: [{of: node, mtbf: 1d}]}", "mttr: is missing")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {maintenance: [{site: b, from: 1d, to: 2d}]}", "there is no site b")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {reservations: [{name: r, site: a, nodes: 2, from: 1h, to: 2h}]}", "simulation.reservations[0]: nodes: 2 is out of range: 1 to 1")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {reservations: [{name: r, site: a, nodes: 1, from: 1h, to: 3h}, {name: s, site: a, nodes: 1, from: 2h, to: 4h}]}", "simulation.reservations: only 0 of the 1 nodes")]
    [InlineData("sites: [{name: a, pools: [{name: p}], colour: red}]", "colour")]
    [InlineData("sites: 5", "a list is expected here")]
    [InlineData("[1, 2]", "another shape is expected here")]
    [InlineData("sites: [{name: a, pools: [{name: p, nodes: 99999999999}]}]", "the number is too large")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {failures: [null]}", "simulation.failures[0]: is empty")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {failures: , maintenance: [null]}", "simulation.maintenance[0]: is empty")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {maintenance: [{site: a, pool: p, nodes: 1-2, from: 0, to: 1d}]}", "nodes: 1-2: pool p has 1")]
    [InlineData("sites: [{name: a, pools: [{name: p}]}]\nsimulation: {speeds: {H20: 2}}", "simulation.speeds.H20: there is no such site, and no accelerator written so")]
    public async Task A_network_file_that_is_wrong_is_told_by_its_field(string text, string message)
    {
        var file = Path.Combine(folder, "n.yaml");
        await File.WriteAllTextAsync(file, text);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--trace", Log, "--policy", "cost", "--network", file));
        Assert.Contains(message, terminal.Err);
    }

    /// <summary>Two nodes, of which one is p1's from the start to 1 h and the other is maintained: p1's job starts at once, p2's when both are over.</summary>
    [Fact]
    public async Task Reservations_of_a_network_file_are_kept_for_the_jobs_that_the_trace_says_are_the_projects()
    {
        var (network, trace, output) = (Path.Combine(folder, "r.yaml"), Path.Combine(folder, "r.jsonl"), Path.Combine(folder, "r"));
        await File.WriteAllTextAsync(network, """
            sites: [{name: a, pools: [{name: p, nodes: 2, cpus: 4, memory_mib: 8192}]}]
            simulation:
              reservations:
              - {name: ours, site: a, nodes: 1, project: p1, from: 0, to: 1h}
              - {name: firmware, site: a, nodes: 1, from: 0, to: 2h}
            """);
        await File.WriteAllTextAsync(trace, """
            {"number":1,"submit":5,"run_time":60,"cpu_milli":4000,"project":"p2"}
            {"number":2,"submit":6,"run_time":60,"cpu_milli":4000,"project":"p1"}
            """);
        Assert.True(await terminal.RunAsync("simulate", "--trace", trace, "--policy", "cost", "--network", network, "--output", output, "--jobs", "csv") == 0, terminal.Err);
        var lines = (await File.ReadAllLinesAsync(Path.Combine(output, "jobs", "cost-1.csv"))).Select(l => l.Split(',')).ToList();
        var start = lines[0].IndexOf("start");
        var starts = lines.Skip(1).ToDictionary(l => l[0], l => double.Parse(l[start], System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(starts["2"], 6, 7);
        Assert.InRange(starts["1"], 3600, 3661);
    }

    [Fact]
    public async Task Pods_of_openb_run_on_the_nodes_of_its_list()
    {
        var (pods, nodes) = (Path.Combine(folder, "pods.csv"), Path.Combine(folder, "nodes.csv"));
        await File.WriteAllTextAsync(pods, """
            cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,scheduled_time,deletion_time
            4000,1024,1,1000,T4,0,0,100
            4000,1024,1,500,P100,0,0,100
            4000,1024,1,1000,A10,0,0,100
            """);
        await File.WriteAllTextAsync(nodes, "sn,cpu_milli,memory_mib,gpu,model\na,8000,8192,2,T4\nb,8000,8192,1,P100\n");
        Assert.True(await terminal.RunAsync("simulate", "--trace", pods, "--network", nodes, "--policy", "time", "--output", "json") == 0, terminal.Err);
        var policy = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("policies")[0];
        Assert.Equal((2, 1), (policy.GetProperty("ended").GetInt32(), policy.GetProperty("rejected").GetInt32()));
        Assert.Contains("asks for A10", terminal.Err);
        await File.WriteAllTextAsync(nodes, "sn,cpu_milli,memory_mib,gpu,model\n");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--trace", pods, "--network", nodes, "--policy", "time"));
        Assert.Contains("there is no node", terminal.Err);
    }

    [Fact]
    public async Task A_bad_line_is_told_by_file_line_and_field_or_skipped_and_counted()
    {
        var bad = Path.Combine(folder, "bad.swf");
        await File.WriteAllTextAsync(bad, "; MaxProcs: 4\n1 0 -1 10 1 -1 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n2 five -1 10 1 -1 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--trace", bad, "--policy", "easy"));
        Assert.Contains($"{bad}, line 3: field 2 (submit time)", terminal.Err);
        Assert.Equal(0, await terminal.RunAsync("simulate", "--trace", bad, "--policy", "easy", "--skip-bad"));
        Assert.Contains("1 bad line was skipped", terminal.Err);
    }

    [Theory]
    [InlineData("", "file: expected a trace, found nothing")]
    [InlineData("\u0001\u0002", "line 1: field 1 (job number): expected a number")]
    [InlineData("; MaxProcs: many\n1 0 -1 10 1 -1 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n", "has no MaxProcs from 1 to 2147483647 in its header")]
    public async Task What_is_no_log_is_told_as_such_and_not_for_what_its_header_lacks(string text, string message)
    {
        var log = Path.Combine(folder, "log.swf");
        await File.WriteAllTextAsync(log, text);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--trace", log, "--policy", "easy"));
        Assert.Contains(message, terminal.Err);
    }

    [Fact]
    public async Task A_log_of_any_name_tells_its_machine()
    {
        var log = Path.Combine(folder, "log");
        File.Copy(Log, log);
        Assert.True(await terminal.RunAsync("simulate", "--trace", log, "--policy", "easy") == 0, terminal.Err);
    }

    [Fact]
    public async Task Where_every_line_is_bad_the_first_ones_are_shown_all_the_same()
    {
        var bad = Path.Combine(folder, "bad.swf");
        await File.WriteAllTextAsync(bad, "; MaxProcs: 4\n1 0 -1 10 1\n2 1\n");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--trace", bad, "--policy", "easy", "--skip-bad"));
        Assert.Contains("line 2: field 6 (CPU time)", terminal.Err);
        Assert.Contains("expected at least one job, found \"2 bad lines only\"", terminal.Err);
    }

    [Fact]
    public async Task Jobs_larger_than_every_site_are_counted_with_the_reason()
    {
        Assert.Equal(0, await terminal.RunAsync("simulate", "--trace", Log, "--policy", "easy", "--processors", "16"));
        Assert.Contains("REJECTED", terminal.Out);
        Assert.Contains("jobs: needs 32 processors, the machine has 16", terminal.Err);
    }

    [Fact]
    public async Task Ctrl_c_leaves_what_is_complete_and_ends_with_130()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        Assert.Equal(ExitCodes.Detached, await terminal.RunAsync(cancel.Token, "simulate", "--trace", Log, "--policy", "easy", "--output", folder));
        Assert.Contains("0 of 1 runs are complete", terminal.Err);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "jobs")));
    }

    [Fact]
    public async Task A_snapshot_in_a_file_is_carried_on_and_what_is_not_one_is_told()
    {
        var file = Path.Combine(folder, "s.json");
        await File.WriteAllBytesAsync(file, Snapshot().ToJson());
        Assert.Equal(0, await terminal.RunAsync("simulate", "--from-live", file, "--what-if", "drain wuxi"));
        Assert.Contains("as it is", terminal.Out);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--from-live", file, "--what-if", "drain nowhere"));
        Assert.Contains("there is no site nowhere: there are guiyang, wuxi", terminal.Err);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("simulate", "--from-live", Log));
        Assert.Contains("isn't a snapshot of a network", terminal.Err);
    }

    [Fact]
    public async Task A_bad_line_leaves_no_half_of_a_runs_jobs_and_those_of_an_earlier_run_as_they_were()
    {
        var (log, output) = (Path.Combine(folder, "log.swf"), Path.Combine(folder, "out"));
        static string Job(int i) => $"{i} {i} -1 1 1 -1 -1 1 2 -1 1 1 1 1 1 1 -1 -1\n";
        await File.WriteAllTextAsync(log, string.Concat(Enumerable.Range(1, 6000).Select(Job)));
        string[] command = ["simulate", "--trace", log, "--processors", "4", "--policy", "easy", "--jobs", "csv", "--output", output];
        Assert.Equal(0, await terminal.RunAsync(command));
        var before = await File.ReadAllTextAsync(Path.Combine(output, "jobs", "easy-1.csv"));
        await File.AppendAllTextAsync(log, "bad line\n");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync([.. command[..^5], "easy,fcfs", .. command[^4..]]));
        Assert.Equal(["easy-1.csv"], Directory.GetFiles(Path.Combine(output, "jobs")).Select(Path.GetFileName));
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(output, "jobs", "easy-1.csv")));
    }

    [Fact]
    public async Task A_seed_without_any_job_takes_nothing_from_the_means_of_the_others()
    {
        var log = Path.Combine(folder, "few.swf");
        await File.WriteAllTextAsync(log, "; MaxProcs: 4\n" + string.Concat(Enumerable.Range(1, 5).Select(i => $"{i} {i * 10} -1 10 1 -1 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n")));
        Assert.Equal(0, await terminal.RunAsync("simulate", "--trace", log, "--generate", "5s", "--policy", "easy", "--seeds", "8", "--output", "json"));
        var policy = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("policies")[0];
        Assert.InRange(policy.GetProperty("jobs").GetDouble(), 0.1, 0.9);
        Assert.Equal(JsonValueKind.Number, policy.GetProperty("wait_mean_s").ValueKind);
    }

    [Theory]
    [InlineData("--generate: ", "needs jobs that come at two times", "--processors", "4", "--generate", "1d", "--policy", "easy")]
    [InlineData("nodes.csv, line 2: cpu_milli", "from 1000", "--network", "nodes", "--policy", "cost")]
    [InlineData("simulation.start", "9999", "--network", "late", "--policy", "cost")]
    public async Task Input_that_makes_no_sense_is_told_and_no_crash(string where, string what, params string[] args)
    {
        var files = new Dictionary<string, string>
        {
            ["nodes"] = "sn,cpu_milli,memory_mib,gpu,model\nn1,500,1024,0,\n",
            ["late"] = "simulation: {start: \"9999-12-31T23:59:00Z\"}\nsites: [{name: a, engine: simulated, pools: [{name: cpu, nodes: 1, cpus: 4, memory_mib: 1000}]}]\n",
        };
        string Written(string name, string extension, string text)
        {
            var path = Path.Combine(folder, name + extension);
            File.WriteAllText(path, text);
            return path;
        }
        var log = Written("one", ".jsonl", "{\"submit\":10,\"run_time\":60,\"cpu_milli\":1000}\n");
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["simulate", "--trace", log, .. args.Select(a => files.TryGetValue(a, out var text) ? Written(a, a == "late" ? ".yaml" : ".csv", text) : a)]));
        Assert.Contains(where, terminal.Err);
        Assert.Contains(what, terminal.Err);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static LiveSnapshot Snapshot()
    {
        Site[] sites = [.. new[] { "guiyang", "wuxi" }.Select(name => new Site
        {
            Name = name,
            Place = new(),
            Link = new(1_000_000_000, 1, Money.Zero),
            Prices = PriceBook.Free,
            Green = new(1.2, 500, 0, 10),
            Engine = new(EngineSpec.Local, new Dictionary<string, string>()),
            Pools = [new() { Name = "main", Nodes = 1, PerNode = new(2, 8192, 0) }],
        })];
        var simulation = new Simulation(1, DateTimeOffset.UnixEpoch, sites, _ => new(TimeSpan.FromHours(1)));
        simulation.Run(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 8; i++)
            simulation.Give(new Submit(new() { Name = "job", Program = new(ProgramKind.Task), Requirements = [new(new(1, 1024, 0))], Estimate = TimeSpan.FromHours(1) }, "admin", null, null));
        simulation.Run(TimeSpan.FromMinutes(30));
        return LiveSnapshot.Of(simulation.State.Capture(), simulation.State.Sites, simulation.Now);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
