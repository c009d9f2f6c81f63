using System.Text.Json;

namespace Yunhe.Contracts.Tests;

public sealed class RequestCheckTests
{
    private static readonly WorkloadRequest Fine = new() { Program = new() { Kind = ProgramWord.Command, Command = ["true"] } };

    [Fact]
    public void A_minimal_request_passes() => Assert.Empty(RequestCheck.Check(Fine));

    [Fact]
    public void Every_range_is_checked_and_all_are_named_at_once()
    {
        var hex = new string('a', 64);
        var wrong = Fine with
        {
            Name = "a b",
            NumNodes = 100_001,
            Resources = [new() { Cpus = 0, MemoryMib = (1L << 30) + 1, Accelerators = 1025 }, new() { Accelerator = "A100" }],
            Envs = new Dictionary<string, string> { ["A-B"] = "", ["S"] = "" },
            Secrets = new Dictionary<string, string> { ["S"] = "" },
            Array = new() { Indices = "9-1", Limit = 0 },
            Dependencies = [new(DependencyWord.Afterok, "12")],
            Budget = 0,
            Regions = [""],
            Priority = -1001,
            Retries = 101,
            TimeLimitSeconds = 0,
            EstimateSeconds = 40_000_000,
            MaxWaitSeconds = 0,
            Workdir = "../x",
            FileMounts = [new("/etc", hex), new("ok", "ABC")],
            Outputs = ["a/../../b"],
            Checkpoint = new() { Path = "..", EverySeconds = 0 },
            Batch = new() { Output = "/etc/passwd", Partition = "a\nb" },
            Quote = "$(x)",
        };
        Assert.Equal([
            "name", "resources[0].cpus", "resources[0].memory_mib", "resources[0].accelerators", "resources[0].accelerator", "resources[1].accelerators",
            "num_nodes", "envs.A-B", "secrets.S", "array.indices", "array.limit", "dependencies[0].workload", "budget", "regions[0]", "priority",
            "retries", "time_limit_seconds", "estimate_seconds", "max_wait_seconds", "workdir", "file_mounts[0].target", "file_mounts[1].sha256", "outputs[0]",
            "checkpoint.path", "checkpoint.every_seconds", "batch", "batch.partition", "batch.output", "quote",
        ], RequestCheck.Check(wrong).Select(e => e.Field));
    }

    [Fact]
    public void Exactly_the_parts_of_the_programs_kind_are_set()
    {
        IEnumerable<string> Fields(ProgramRequest program) => RequestCheck.Check(new() { Program = program }).Select(e => e.Field);
        Assert.Equal(["program.run"], Fields(new() { Kind = ProgramWord.Task }));
        Assert.Equal(["program.script"], Fields(new() { Kind = ProgramWord.Batch, Script = "echo" }));
        Assert.Equal(["program.command"], Fields(new() { Kind = ProgramWord.Command }));
        Assert.Equal(["program.run", "program.script"], Fields(new() { Kind = ProgramWord.Command, Run = "x", Script = "#!/bin/sh", Command = ["x"] }));
        Assert.Equal(["program.arguments", "program.command"], Fields(new() { Run = "x", Arguments = ["a"], Command = ["x"] }));
        Assert.Equal(["program.command[1]"], Fields(new() { Kind = ProgramWord.Command, Command = ["x", "a\0"] }));
    }

    [Theory]
    [InlineData("""{"program": null}""", "program")]
    [InlineData("""{"program": {"kind": "command", "command": ["x", null]}}""", "program.command")]
    [InlineData("""{"program": {"run": "x"}, "resources": [null]}""", "resources")]
    [InlineData("""{"program": {"run": "x"}, "regions": null, "sites": [null]}""", "regions")]
    [InlineData("""{"program": {"run": "x"}, "dependencies": [{"kind": "afterok", "workload": null}]}""", "dependencies")]
    [InlineData("""{"program": {"run": "x"}, "file_mounts": [{"target": null, "sha256": ""}]}""", "file_mounts")]
    [InlineData("""{"program": {"run": "x"}, "envs": {"A": null}}""", "envs.A")]
    public void Nulls_where_JSON_lets_them_through_are_refused(string json, string field) =>
        Assert.Equal(field, RequestCheck.Check(JsonSerializer.Deserialize<WorkloadRequest>(json, Wire.Json)!)[0].Field);
}
