using System.Text;
using Yunhe.Contracts.Dialects;
using static Yunhe.Contracts.Tests.Dialects.Reading;

namespace Yunhe.Contracts.Tests.Dialects;

public sealed class YamlTaskTests
{
    [Fact]
    public void A_task_as_SkyPilot_users_write_it_becomes_a_request()
    {
        var draft = Yaml("""
            name: train-${SIZE}
            workdir: ./code
            num_nodes: 2
            resources:
              accelerators: A100:8
              cpus: 32+
              memory: 256+
              use_spot: false
            envs:
              SIZE: 13b
              LR: 0.1
            secrets:
              HF_TOKEN:
            file_mounts:
              ~/data: ./data-${SIZE}
              conf/a.json: a.json
            setup: pip install -r requirements.txt
            run: |
              python train.py --size ${SIZE}
            """);
        var request = draft.Request;
        Assert.Equal("train-13b", request.Name);
        Assert.Equal(2, request.NumNodes);
        Assert.Equal([new() { Cpus = 32, MemoryMib = 256 * 1024, Accelerator = "A100", Accelerators = 8 }], request.Resources);
        Assert.Equal("0.1", request.Envs["LR"]);
        Assert.Equal("secret-1", request.Secrets["HF_TOKEN"]);
        Assert.Equal("python train.py --size ${SIZE}", request.Program.Run);
        Assert.Equal("pip install -r requirements.txt", request.Program.Setup);
        Assert.Equal("./code", draft.Workdir);
        Assert.Equal(new Dictionary<string, string> { ["data"] = "./data-13b", ["conf/a.json"] = "a.json" }, draft.FileMounts);
        Assert.Empty(draft.Warnings);
    }

    [Fact]
    public void Yunhes_own_keys_stand_beside_them()
    {
        var request = Yaml("""
            run: make
            optimize: carbon
            deadline: 6h
            budget: 12.50
            regions: [east, 西部]
            sites: gui'an
            priority: -5
            retries: 3
            outputs: ["out/*.csv", model.bin]
            time_limit: 2h30m
            estimate: 1-06
            max_wait: 6h
            array: 0-9%4
            after: [afterok:w12:w13, afterany:w7]
            """).Request;
        Assert.Equal(ObjectiveWord.Carbon, request.Optimize);
        Assert.Equal(Now.AddHours(6), request.Deadline);
        Assert.Equal(12.50m, request.Budget);
        Assert.Equal(["east", "西部"], request.Regions);
        Assert.Equal(["gui'an"], request.Sites);
        Assert.Equal((-5, 3), (request.Priority, request.Retries));
        Assert.Equal(["out/*.csv", "model.bin"], request.Outputs);
        Assert.Equal((9000, 108_000, 21_600), (request.TimeLimitSeconds, request.EstimateSeconds, request.MaxWaitSeconds));
        Assert.Equal(new ArrayRequest { Indices = "0-9", Limit = 4 }, request.Array);
        Assert.Equal([new(DependencyWord.Afterok, "w12"), new(DependencyWord.Afterok, "w13"), new(DependencyWord.Afterany, "w7")], request.Dependencies);
    }

    [Theory]
    [InlineData("checkpoint: kept", "kept", 600)]
    [InlineData("checkpoint: {path: kept/here, every: 90s}", "kept/here", 90)]
    [InlineData("checkpoint: {every: 2h, path: kept}", "kept", 7200)]
    [InlineData("checkpoint: kept\ncheckpoint_every: 5m", "kept", 300)]
    public void A_checkpoint_folder_is_named_alone_or_with_how_often_it_is_copied(string yaml, string path, long every)
    {
        var request = Yaml($"run: make\n{yaml}\n").Request;
        Assert.Equal(new() { Path = path, EverySeconds = every }, request.Checkpoint);
    }

    [Theory]
    [InlineData("checkpoint: ../kept", "leads out of the working directory")]
    [InlineData("checkpoint: /kept", "must be relative")]
    [InlineData("checkpoint: .", "is the working directory itself")]
    [InlineData("checkpoint: {every: 5m}", "is missing")]
    [InlineData("checkpoint: {path: kept, evry: 5m}", "did you mean 'every'")]
    [InlineData("checkpoint: {path: [a, b]}", "takes a single value")]
    [InlineData("checkpoint: {path: kept, every: 0s}", "out of range")]
    [InlineData("checkpoint: [a, b]", "one value")]
    public void A_checkpoint_folder_that_cannot_be_is_told(string yaml, string expected)
    {
        var error = Assert.Throws<DialectException>(() => Yaml($"run: make\n{yaml}\n"));
        Assert.Contains(error.Errors, e => e.Message.Contains(expected, StringComparison.Ordinal) && e.Where.Contains(":2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("A100", "A100:1", false)]
    [InlineData("{A100: 8, H100: 4}", "A100:8 H100:4", false)]
    [InlineData("{A100:8, H100:4}", "A100:8 H100:4", false)]
    [InlineData("[A100:8, H100:4]", "A100:8 H100:4", true)]
    [InlineData("'*:2'", "*:2", false)]
    [InlineData("{A100: 0.5}", "A100:0.5", false)]
    [InlineData("A100:0.250", "A100:0.25", false)]
    [InlineData("[A100:1.0, H100:0.125]", "A100:1 H100:0.125", true)]
    public void Accelerators_are_read_in_every_form(string text, string expected, bool ordered)
    {
        var request = Yaml($"resources: {{accelerators: {text}, cpus: 4}}\nrun: x").Request;
        Assert.Equal(expected, string.Join(' ', request.Resources.Select(r => $"{r.Accelerator}:{r.Accelerators}")));
        Assert.Equal(ordered, request.Ordered);
    }

    [Theory]
    [InlineData("any_of", false)]
    [InlineData("ordered", true)]
    public void Outer_keys_are_defaults_of_every_alternative(string key, bool ordered)
    {
        var request = Yaml($"""
            run: x
            resources:
              cpus: 8
              {key}:
                - accelerators: A100:2
                - accelerators: H100:1
                  cpus: 16+
                  memory: 1536MB
            """).Request;
        Assert.Equal(ordered, request.Ordered);
        Assert.Equal([
            new() { Cpus = 8, MemoryMib = 8192, Accelerator = "A100", Accelerators = 2 },
            new() { Cpus = 16, MemoryMib = 1536, Accelerator = "H100", Accelerators = 1 },
        ], request.Resources);
    }

    [Fact]
    public void Hints_that_are_not_honoured_are_named_in_warnings()
    {
        var draft = Yaml("""
            run: x
            config: {kubernetes: {}}
            experimental: {a: b}
            event_callback: notify
            resources:
              infra: aws/us-east-1
              use_spot: true
              disk_size: 256
              ports: 8080
              labels: {a: b}
              autostop: 10m
              network_tier: best
              local_disk: nvme
              job_recovery: {strategy: FAILOVER, max_restarts_on_errors: 4}
            """);
        Assert.Equal(4, draft.Request.Retries);
        Assert.Equal(11, draft.Warnings.Count);
        // Gangs are packed into as few fabrics as possible anyway.
        Assert.DoesNotContain(draft.Warnings, w => w.Contains("network_tier"));
        Assert.Equal("task.yaml:2:1: config isn't honoured: it configures SkyPilot", draft.Warnings[0]);
        foreach (var key in new[] { "experimental", "event_callback", "infra", "use_spot", "disk_size", "ports", "labels", "autostop", "local_disk", "job_recovery.strategy" })
            Assert.Contains(draft.Warnings, w => w.Contains(key));
    }

    [Theory]
    [InlineData("resources: {image_id: 'docker:ubuntu'}", "image_id")]
    [InlineData("resources: {accelerator_args: {tpu_vm: true}}", "accelerator_args")]
    [InlineData("resources: {instance_type: p3.8xlarge}", "instance_type")]
    [InlineData("service: {readiness_probe: /v1}", "inference service")]
    [InlineData("file_mounts: {/data: ./data}", "'./data'")]
    [InlineData("file_mounts: {data: 's3://bucket/x'}", "setup")]
    [InlineData("file_mounts: {data: {source: 's3://b', mode: MOUNT}}", "bucket or volume")]
    [InlineData("file_mounts: {../data: ./data}", "leads out")]
    [InlineData("workdir: {url: 'https://git/x'}", "Git")]
    [InlineData("volumes: {/mnt: v}", "no volumes")]
    [InlineData("workdir: ${NOPE}", "${NOPE} isn't among the envs")]
    public void What_would_change_what_runs_is_an_error(string line, string reason) =>
        Assert.Contains(reason, Error(() => Yaml($"run: x\n{line}")));

    [Theory]
    [InlineData("acelerators: A100", "task.yaml:3:3: 'acelerators' isn't a key of resources (did you mean 'accelerators'?)")]
    [InlineData("cpus: -4", "task.yaml:3:9: resources.cpus: '-4' is out of range: cores 1 to 100000")]
    [InlineData("cpus: many", "task.yaml:3:9: resources.cpus: 'many' isn't a number of cores such as 4 or 4+")]
    [InlineData("cpus: .nan", "task.yaml:3:9: resources.cpus: '.nan' isn't a number of cores such as 4 or 4+")]
    [InlineData("memory: 99999999999999999999", "task.yaml:3:11: resources.memory: '99999999999999999999' is out of range: memory 1 KiB to 1 PiB")]
    [InlineData("accelerators: A100:1.5", "task.yaml:3:17: accelerators: 1.5: ask for whole accelerators, or for a share of one, such as 0.5")]
    [InlineData("accelerators: {A100: -0.5}", "task.yaml:3:18: accelerators: -0.5 is out of range: 0 to 1024")]
    [InlineData("accelerators: {A100: 0.0}", "task.yaml:3:18: accelerators: '0.0': ask for at least one thousandth, or leave the accelerator out")]
    [InlineData("accelerators: {A100: 0.0005}", "task.yaml:3:18: accelerators: 0.0005: a share of an accelerator is counted in thousandths, 0.001 to 0.999")]
    [InlineData("accelerators: A100:2000", "task.yaml:3:17: resources[0].accelerators: 2000 is out of range: 0 to 1024")]
    [InlineData("accelerators: 4", "task.yaml:3:17: accelerators: '4' isn't an accelerator: use a model such as A100 or H100-80GB, or '*' for any, and a count after ':'")]
    public void Wrong_resources_say_where_and_what(string line, string expected) =>
        Assert.Equal(expected, Error(() => Yaml($"run: x\nresources:\n  {line}")));

    [Theory]
    [InlineData("num_nodes: 0", "task.yaml:2:12: num_nodes: 0 is out of range: 1 to 100000")]
    [InlineData("cpus: 4", "task.yaml:2:1: 'cpus' belongs under 'resources:'")]
    [InlineData("wrokdir: .", "task.yaml:2:1: 'wrokdir' isn't a key of a task (did you mean 'workdir'?)")]
    [InlineData("name: a;rm", "task.yaml:2:7: name: 'a;rm' isn't a name: use 1 to 100 letters, digits, '.', '_' and '-', the first a letter, a digit or '_'")]
    [InlineData("budget: -1", "task.yaml:2:9: budget: -1 is out of range: more than 0, less than 1000000000000")]
    [InlineData("outputs: /etc/passwd", "task.yaml:2:10: outputs[0]: '/etc/passwd' must be relative to the working directory, with '/' between its parts")]
    [InlineData("deadline: 2026-06-01T10:00:00", "task.yaml:2:11: deadline: '2026-06-01T10:00:00' has no zone: write 2026-10-01T18:00:00+08:00, or Z for UTC")]
    [InlineData("deadline: 2026-04-01T10:00:00Z", "task.yaml:2:11: deadline: '2026-04-01T10:00:00Z' is over already: it is 2026-05-01T12:00:00+00:00 now")]
    [InlineData("secrets: {NO_SUCH: }", "task.yaml:2:11: the secret 'NO_SUCH' isn't set in your environment: export it, or give --secret NO_SUCH")]
    [InlineData("envs: {'1A': x}", "task.yaml:2:14: envs.1A: '1A' isn't a variable's name: use up to 100 letters A-Z, a-z, digits and '_', not starting with a digit")]
    [InlineData("run: y", "task.yaml:2:1: the key 'run' is here twice: the first is in line 1")]
    [InlineData("name: !!str x", "task.yaml:2:7: the tag 'tag:yaml.org,2002:str' isn't allowed: write the plain value")]
    [InlineData("---\nrun: y", "task.yaml:2:1: a second document begins here: one file is one task. Pipelines of several come later")]
    [InlineData("after: w12?w13", "task.yaml:2:8: after: 'w12?w13': alternatives ('?') can't be waited for; use ',' to wait for all of them")]
    public void Wrong_keys_say_where_what_and_how_to_mend(string line, string expected) =>
        Assert.Equal(expected, Error(() => Yaml($"run: x\n{line}")));

    [Fact]
    public void All_errors_of_a_file_come_at_once_in_its_order() =>
        Assert.Equal(["task.yaml:1:1", "task.yaml:2:12", "task.yaml:3:9", "task.yaml:6:9"],
            Errors(() => Yaml("nmae: x\nnum_nodes: two\nbudget: much\nrun: x\nresources:\n  cpus: -1")).Select(e => e.Where));

    [Fact]
    public void Texts_that_are_no_task_are_refused()
    {
        Assert.Equal("task.yaml: is empty", Error(() => Yaml(" \n")));
        Assert.Contains("comments only", Error(() => Yaml("# nothing\n")));
        Assert.Contains("single value or a list", Error(() => Yaml("- a\n- b\n")));
        Assert.Equal("task.yaml:2:2: has a NUL character: this isn't a text file", Error(() => Yaml("run: x\na\0b")));
        Assert.Equal("task.yaml:3:1: the line is indented with a tab: YAML takes spaces only", Error(() => Yaml("run: x\nresources:\n\tcpus: 4")));
        Assert.Contains("is 1048581 bytes long; at most 1048576 bytes", Error(() => Yaml("run: " + new string('x', 1 << 20))));
        Assert.Contains("program.run", Error(() => Yaml("name: x")));
        var context = Context;
        Assert.Contains("offset 5", Error(() => YamlTask.Read([.. "run: "u8, 0xC3, 0x28], "t.yaml", context)));
        Assert.Contains("UTF-16", Error(() => YamlTask.Read([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("run: x")], "t.yaml", context)));
    }

    [Fact]
    public void Aliases_are_followed_but_bombs_and_depths_are_refused()
    {
        var shared = Yaml("run: x\nresources:\n  any_of:\n    - &a {cpus: 4, memory: 8}\n    - {<<: *a, cpus: 2}");
        Assert.Equal([new() { Cpus = 4, MemoryMib = 8192 }, new() { Cpus = 2, MemoryMib = 8192 }], shared.Request.Resources);

        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++) bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        Assert.Contains("at most 100000", Error(() => Yaml(bomb.ToString())));
        Assert.Contains("deeper than 64", Error(() => Yaml("run: " + new string('[', 10_000))));
        Assert.Contains("isn't complete", Error(() => Yaml("run: &a [*a]")));
    }

    [Fact]
    public void Texts_made_to_cost_time_are_refused_in_little_of_it()
    {
        const int Size = 900_000;
        string Many(string piece) => string.Concat(Enumerable.Repeat(piece, Size / piece.Length));
        var maps = "x: &m {" + string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"k{i}: 1")) + "}\ny:\n" + Many("- {<<: *m}\n")[..500_000];
        var keys = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"key{i}: 1\n"));
        foreach (var text in new[] { Many("- "), Many("? "), Many("&a "), Many("{a: "), Many("["), Many("'"), Many("\""), Many("a: "), Many("- a\n"), Many("%A\n"), Many("\n "), Many("x "), maps, keys })
            Assert.InRange(Errors(() => Yaml(text)).Count, 1, 101);
    }

    [Fact]
    public void Flags_replace_what_the_file_says()
    {
        var flags = new TaskFlags { Name = "n2", Cpus = "2", Gpus = "H100:2", Envs = ["SIZE=7b", "LANG"], Workdir = "w", Optimize = "time", Quote = "q-1" };
        var draft = Yaml("name: n-${SIZE}\nrun: x\nenvs: {SIZE: }\nworkdir: ./${SIZE}\nresources: {cpus: 8, memory: 4, accelerators: A100}", flags);
        Assert.Equal("n2", draft.Request.Name);
        Assert.Equal([new() { Cpus = 2, MemoryMib = 4096, Accelerator = "H100", Accelerators = 2 }], draft.Request.Resources);
        Assert.Equal(("7b", "C"), (draft.Request.Envs["SIZE"], draft.Request.Envs["LANG"]));
        Assert.Equal(("w", "q-1", ObjectiveWord.Time), (draft.Workdir, draft.Request.Quote, draft.Request.Optimize));
    }

    [Fact]
    public void A_wrong_flag_is_named()
    {
        var flags = new TaskFlags { Cpus = "-1", NumNodes = "0", Envs = ["NOT_SET"], Deadline = "soon" };
        Assert.Equal(["--cpus", "--deadline", "--env", "--num-nodes"],
            Errors(() => Yaml("run: x", flags)).Select(e => e.Where).Order(StringComparer.Ordinal).Distinct());
    }
}
