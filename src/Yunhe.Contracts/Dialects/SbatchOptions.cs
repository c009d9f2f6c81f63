using System.Text.RegularExpressions;

namespace Yunhe.Contracts.Dialects;

internal enum SbatchValue
{
    None,
    Optional,
    Required,
}

/// <param name="Apply">Notes the value; throws <see cref="FormatException"/> where it is wrong.</param>
internal sealed record SbatchOption(string Name, char Short, SbatchValue Value, Action<SbatchJob, string, Action<string>> Apply);

/// <summary>The options of sbatch(1), and what each means here.</summary>
internal static partial class SbatchOptions
{
    private const string Native = "is read by Slurm sites only, from the script itself";
    private const string NoMail = "is ignored: Yunhe sends no mail; watch the workload instead";
    private const string NotHere = "isn't honoured by Yunhe";

    internal static readonly IReadOnlyList<SbatchOption> All =
    [
        Required("nodes", 'N', Nodes),
        Required("ntasks", 'n', (j, v) => j.Batch = j.Batch with { Ntasks = Positive(v) }),
        Required("ntasks-per-node", '\0', (j, v) => j.Batch = j.Batch with { NtasksPerNode = Positive(v) }),
        Required("cpus-per-task", 'c', (j, v) => j.Batch = j.Batch with { CpusPerTask = Positive(v) }),
        Required("cpus-per-gpu", '\0', (j, v) => j.CpusPerGpu = Positive(v)),
        new("mem", '\0', SbatchValue.Required, Memory),
        Required("mem-per-cpu", '\0', (j, v) => j.Batch = j.Batch with { MemPerCpuMib = Amounts.SlurmMemoryMib(v) }),
        Required("mem-per-gpu", '\0', (j, v) => j.MemPerGpuMib = Amounts.SlurmMemoryMib(v)),
        new("gres", '\0', SbatchValue.Required, Gres),
        Required("gpus", 'G', (j, v) => j.Gpus = Gpu(v)),
        Required("gpus-per-node", '\0', (j, v) => j.GpusPerNode = Gpu(v)),
        Required("gpus-per-task", '\0', (j, v) => j.GpusPerTask = Gpu(v)),
        Required("time", 't', (j, v) => j.Request = j.Request with { TimeLimitSeconds = (long?)Durations.ParseSlurm(v)?.TotalSeconds }),
        Required("array", 'a', (j, v) => j.Request = j.Request with { Array = OwnKeys.Array(v) }),
        new("dependency", 'd', SbatchValue.Required, (j, v, warn) => j.Request = j.Request with { Dependencies = OwnKeys.Dependencies([v], warn) }),
        Required("job-name", 'J', (j, v) => j.Request = j.Request with { Name = v }),
        new("output", 'o', SbatchValue.Required, (j, v, warn) => j.Batch = j.Batch with { Output = LogPath(v, warn) }),
        new("error", 'e', SbatchValue.Required, (j, v, warn) => j.Batch = j.Batch with { Error = LogPath(v, warn) }),
        Required("chdir", 'D', (j, v) => j.Batch = j.Batch with { Chdir = v }),
        Required("export", '\0', (j, v) => j.Batch = j.Batch with { Export = v }),
        Required("signal", '\0', (j, v) => j.Batch = j.Batch with { Signal = Signal(v) }),
        Flag("requeue", '\0', j => j.Batch = j.Batch with { Requeue = true }),
        Flag("no-requeue", '\0', j => j.Batch = j.Batch with { Requeue = false }),
        Required("partition", 'p', (j, v) => j.Batch = j.Batch with { Partition = v }),
        Required("account", 'A', (j, v) => j.Batch = j.Batch with { Account = v }),
        Required("qos", 'q', (j, v) => j.Batch = j.Batch with { Qos = v }),
        Required("constraint", 'C', (j, v) => j.Batch = j.Batch with { Constraint = v }),
        Required("reservation", '\0', (j, v) => j.Request = j.Request with { Reservation = v }),
        Required("switches", '\0', Switches),
        new("exclusive", '\0', SbatchValue.Optional, (j, _, _) => j.Batch = j.Batch with { Exclusive = true }),
        Notice("mail-type", '\0', SbatchValue.Required, NoMail),
        Notice("mail-user", '\0', SbatchValue.Required, NoMail),
        Notice("begin", 'b', SbatchValue.Required, $"{NotHere}: hand the workload in later"),
        Notice("deadline", '\0', SbatchValue.Required, $"{NotHere}: say '#YUNHE deadline=6h'"),
        Notice("nice", '\0', SbatchValue.Optional, $"{NotHere}: say '#YUNHE priority=-10'"),
        Notice("priority", '\0', SbatchValue.Required, $"{NotHere}: say '#YUNHE priority=10'"),
        Notice("time-min", '\0', SbatchValue.Required, $"{NotHere}: --time decides"),
        Notice("hold", 'H', SbatchValue.None, $"{NotHere}: the workload may start at once"),
        Notice("wrap", '\0', SbatchValue.Required, "has no effect in a script, only on sbatch's command line"),
        .. Notices(SbatchValue.Required, "acctg-freq batch bb bbf cluster-constraint clusters:M comment container container-id core-spec:S",
            "cores-per-socket cpu-freq delay-boot distribution:m exclude:x export-file extra extra-node-info:B gid gpu-bind gpu-freq",
            "gpus-per-socket gres-flags hint input:i kill-on-invalid-dep licenses:L mcs-label mem-bind mincpus network nodefile:F",
            "nodelist:w ntasks-per-core ntasks-per-gpu ntasks-per-socket open-mode power prefer profile segment",
            "sockets-per-node thread-spec threads-per-core tmp tres-bind tres-per-task uid wait-all-nodes wckey"),
        .. Notices(SbatchValue.Optional, "get-user-env no-kill:k oversubscribe:s propagate"),
        .. Notices(SbatchValue.None, "contiguous ignore-pbs overcommit:O parsable quiet:Q reboot spread-job stepmgr test-only use-min-nodes",
            "verbose:v wait:W"),
    ];

    private static readonly Dictionary<char, SbatchOption> ByLetter = All.Where(o => o.Short != '\0').ToDictionary(o => o.Short);
    private static readonly Dictionary<string, SbatchOption> ByName = All.ToDictionary(o => o.Name);

    internal static SbatchOption? OfLetter(char letter) => ByLetter.GetValueOrDefault(letter);

    /// <summary>As getopt_long does: the exact name, else the only one that begins so.</summary>
    internal static SbatchOption? OfName(string name)
    {
        if (ByName.TryGetValue(name, out var exact)) return exact;
        var longer = All.Where(o => o.Name.StartsWith(name, StringComparison.Ordinal)).Take(2).ToList();
        return longer is [var only] && name.Length > 0 ? only : null;
    }

    private static SbatchOption Required(string name, char letter, Action<SbatchJob, string> apply) =>
        new(name, letter, SbatchValue.Required, (job, value, _) => apply(job, value));

    private static SbatchOption Flag(string name, char letter, Action<SbatchJob> apply) =>
        new(name, letter, SbatchValue.None, (job, _, _) => apply(job));

    private static SbatchOption Notice(string name, char letter, SbatchValue value, string notice) =>
        new(name, letter, value, (_, _, warn) => warn($"--{name} {notice}"));

    private static IEnumerable<SbatchOption> Notices(SbatchValue value, params string[] names) =>
        names.SelectMany(n => n.Split(' ')).Select(n => n.Split(':'))
            .Select(n => Notice(n[0], n.Length > 1 ? n[1][0] : '\0', value, Native));

    private static int Positive(string text) =>
        Amounts.Integer(text) is > 0 and var n ? n : throw new FormatException($"{Names.Show(text)} is out of range: at least 1");

    /// <summary>"2", "2-4" and "1k"; of a range the least is asked for, so that the work can start at the earliest.</summary>
    private static void Nodes(SbatchJob job, string text)
    {
        var match = NodeCount().Match(text);
        if (!match.Success) throw new FormatException($"{Names.Show(text)} isn't a number of nodes such as 2 or 2-4");
        job.Nodes = NodeNumber(match.Groups[1].Value, match.Groups[2].Value);
        if (match.Groups[3].Success && NodeNumber(match.Groups[3].Value, match.Groups[4].Value) is var most && most < job.Nodes)
            throw new FormatException($"Maximum node count {most} is less than minimum node count {job.Nodes}");
    }

    private static int NodeNumber(string digits, string suffix) =>
        (int)Math.Min(Positive(digits) * (suffix switch { "k" or "K" => 1024L, "m" or "M" => 1024L * 1024, _ => 1L }), int.MaxValue);

    private static void Memory(SbatchJob job, string text, Action<string> warn)
    {
        if (text == "0") warn("--mem=0, all memory of a node, can't be known before the site is chosen: 1 GiB per core is assumed");
        job.MemMib = text == "0" ? null : Amounts.SlurmMemoryMib(text);
    }

    private static void Gres(SbatchJob job, string text, Action<string> warn)
    {
        job.GpusPerNode = null;
        if (text is "none" or "NONE") return;
        job.Batch = job.Batch with { Gres = text };
        foreach (var part in text.Split(','))
        {
            var name = part.StartsWith("gres/", StringComparison.Ordinal) ? part[5..] : part;
            if (name != "gpu" && !name.StartsWith("gpu:", StringComparison.Ordinal))
            {
                warn($"--gres={Names.Show(part)} {Native}");
                continue;
            }
            if (job.GpusPerNode is not null)
                throw new FormatException("several models in one node can't be asked for: keep one, or hand in one workload for each");
            job.GpusPerNode = Gpu(name == "gpu" ? "1" : name[4..]);
        }
    }

    /// <summary>"2", "a100" and "a100:2"; a bare number is of any model.</summary>
    private static (string Model, int Count) Gpu(string text)
    {
        if (text.Contains(',')) throw new FormatException("several models in one job can't be asked for: keep one, or hand in one workload for each");
        return text.Length > 0 && text.All(char.IsAsciiDigit) ? ("*", Positive(text)) : Amounts.WholeAccelerators(text);
    }

    /// <summary>Logs stay in the working directory; what a script wants elsewhere is kept there under the same file name.</summary>
    private static string LogPath(string text, Action<string> warn)
    {
        if (!text.StartsWith('/') || text == "/dev/null") return text;
        var name = text[(text.LastIndexOf('/') + 1)..];
        if (name.Length == 0) throw new FormatException($"{Names.Show(text)} names a folder, not a file");
        warn($"{Names.Show(text)} lies outside the working directory: {Names.Show(name)} within it is written instead");
        return name;
    }

    /// <summary>COUNT[@longest wait]: one switch is one fabric; of several only Slurm knows.</summary>
    private static void Switches(SbatchJob job, string text)
    {
        var count = text.Split('@')[0];
        if (!SwitchesForm().IsMatch(text)) throw new FormatException($"{Names.Show(text)} isn't a number of switches such as 1 or 1@24:00:00");
        job.Batch = job.Batch with { Switches = text };
        if (count == "1") job.Request = job.Request with { Fabric = FabricWord.Same };
    }

    private static string Signal(string text) =>
        SignalForm().IsMatch(text) ? text : throw new FormatException($"{Names.Show(text)} isn't a signal such as USR1@60 or B:TERM@120");

    [GeneratedRegex(@"^([0-9]+)([kKmM])?(?:-([0-9]+)([kKmM])?)?\z")]
    private static partial Regex NodeCount();

    [GeneratedRegex(@"^[1-9][0-9]{0,5}(?:@[0-9:-]{1,20})?\z")]
    private static partial Regex SwitchesForm();

    [GeneratedRegex(@"^(?:[BR]:){0,2}[A-Za-z0-9]{1,16}(?:@[0-9]{1,5})?\z")]
    private static partial Regex SignalForm();
}
