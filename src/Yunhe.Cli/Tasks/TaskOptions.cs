using System.CommandLine;
using Yunhe.Contracts.Dialects;

namespace Yunhe.Cli.Tasks;

/// <summary>The file and the flags of quote, run and submit. Flags win over the file.</summary>
internal sealed class TaskOptions
{
    private const int MaxEnvFileBytes = 1024 * 1024;

    private readonly Argument<string?> file = Words.Optional("FILE", "A YAML task or an sbatch script; what follows a script are its arguments");
    private readonly Option<string?> name = One("--name", "Name of the workload", "NAME", "-n");
    private readonly Option<string?> gpus = One("--gpus", "Accelerators per node, such as A100:2, or *:1 for any model", "MODEL[:N]", "--accelerators");
    private readonly Option<string?> cpus = One("--cpus", "Cores per node", "N");
    private readonly Option<string?> memory = One("--memory", "Memory per node in GiB, or with a unit", "SIZE");
    private readonly Option<string?> nodes = One("--num-nodes", "Nodes, started together", "N");
    private readonly Option<string?> time = One("--time", "Ended when it has run this long: 90s, 2h30m, or as sbatch takes it", "TIME", "--time-limit");
    private readonly Option<string?> estimate = One("--estimate", "How long it will run, as you expect", "TIME");
    private readonly Option<string?> optimize = One("--optimize", "cost, time, carbon or balanced", "GOAL");
    private readonly Option<string?> maxWait = One("--max-wait", "It may wait so long for a cheaper or cleaner hour, with --optimize cost or carbon", "TIME");
    private readonly Option<string?> deadline = One("--deadline", "To be finished by: 6h, or 2026-10-01T18:00:00+08:00", "WHEN");
    private readonly Option<string?> budget = One("--budget", "The most that it may cost", "MONEY");
    private readonly Option<string[]> regions = Several("--region", "Only there", "REGION");
    private readonly Option<string[]> sites = Several("--site", "Only there", "SITE");
    private readonly Option<string[]> residency = Several("--residency", "Its data must not leave these regions, provinces or cities", "REGION");
    private readonly Option<string?> maxPue = One("--max-pue", "Only sites with no higher PUE", "N");
    private readonly Option<string?> minRenewable = One("--min-renewable", "Only sites with at least this share of renewable power, 0 to 1", "SHARE");
    private readonly Option<string?> priority = One("--priority", "-1000 to 1000; higher is placed first", "N");
    private readonly Option<string?> project = One("--project", "Whose share it counts against", "PROJECT");
    private readonly Option<string?> preemptible = One("--preemptible", "false: never ended for others, so only within the project's quota", "true|false");
    private readonly Option<string?> reservation = One("--reservation", "The reservation that it runs in", "NAME");
    private readonly Option<string?> fabric = One("--fabric", "Where the nodes of a gang are: in as few fabrics as possible (prefer), or in one (same)", "prefer|same");
    private readonly Option<string?> retries = One("--retries", "How often it is tried again after a failure", "N");
    private readonly Option<string[]> outputs = Several("--outputs", "Files in the working directory to bring back", "GLOB");
    private readonly Option<string?> checkpoint = One("--checkpoint", "Folder in the working directory that a later attempt finds as this one left it", "FOLDER");
    private readonly Option<string?> checkpointEvery = One("--checkpoint-every", "How often that folder is copied to the server; 10m where nothing is said", "TIME");
    private readonly Option<string?> array = One("--array", "One task for each index, such as 0-9%4", "INDICES");
    private readonly Option<string[]> after = Several("--after", "Waits for another workload: w12, or afterany:w12", "ID");
    private readonly Option<string[]> env = Several("--env", "A variable; NAME alone takes its value from your environment", "NAME[=VALUE]", "-e");
    private readonly Option<string[]> envFile = Several("--env-file", "Variables, one NAME=VALUE a line", "FILE");
    private readonly Option<string[]> secret = Several("--secret", "A variable that is never shown; better without its value here", "NAME[=VALUE]");
    private readonly Option<string?> workdir = One("--workdir", "Folder to upload; the job runs in its copy", "FOLDER");

    public IReadOnlyList<Option> Options =>
    [
        name, gpus, cpus, memory, nodes, time, estimate, optimize, maxWait, deadline, budget, regions, sites, residency, maxPue, minRenewable, priority, project, preemptible, reservation, fabric, retries, outputs,
        checkpoint, checkpointEvery, array, after, env, envFile, secret, workdir,
    ];

    public void AddTo(Command command)
    {
        command.Add(file);
        foreach (var option in Options) command.Add(option);
    }

    /// <exception cref="DialectException">The file or a flag is wrong.</exception>
    /// <exception cref="UsageException">Nothing to run is named, or a file can't be read.</exception>
    public Draft Read(ParseResult parsed, CommandContext context, string? quote = null)
    {
        var dialect = new DialectContext(context.Shell.Time.GetUtcNow(), context.Shell.Environment) { Flags = Flags(parsed, quote) };
        if (context.Tail.IsCommand) return CommandLineTask.FromCommand(context.Tail.Words, dialect);
        return parsed.GetValue(file) is { } path
            ? DialectReader.Read(path, Bytes(path, ProgramCheckBytes), context.Tail.Words, dialect)
            : throw new UsageException("nothing to run is named: give a file, or a command behind '--'");
    }

    private TaskFlags Flags(ParseResult parsed, string? quote) => new()
    {
        Name = parsed.GetValue(name),
        NumNodes = parsed.GetValue(nodes),
        Cpus = parsed.GetValue(cpus),
        Memory = parsed.GetValue(memory),
        Gpus = parsed.GetValue(gpus),
        TimeLimit = parsed.GetValue(time),
        Estimate = parsed.GetValue(estimate),
        MaxWait = parsed.GetValue(maxWait),
        Optimize = parsed.GetValue(optimize),
        Deadline = parsed.GetValue(deadline),
        Budget = parsed.GetValue(budget),
        Regions = Parts(parsed, regions),
        Sites = Parts(parsed, sites),
        Residency = Parts(parsed, residency),
        MaxPue = parsed.GetValue(maxPue),
        MinRenewable = parsed.GetValue(minRenewable),
        Priority = parsed.GetValue(priority),
        Project = parsed.GetValue(project),
        Preemptible = parsed.GetValue(preemptible),
        Reservation = parsed.GetValue(reservation),
        Fabric = parsed.GetValue(fabric),
        Retries = parsed.GetValue(retries),
        Outputs = Parts(parsed, outputs),
        Checkpoint = parsed.GetValue(checkpoint),
        CheckpointEvery = parsed.GetValue(checkpointEvery),
        Array = parsed.GetValue(array),
        Dependencies = parsed.GetValue(after) ?? [],
        Envs = [.. (parsed.GetValue(envFile) ?? []).SelectMany(EnvFile), .. parsed.GetValue(env) ?? []],
        Secrets = parsed.GetValue(secret) ?? [],
        Workdir = parsed.GetValue(workdir),
        Quote = quote,
    };

    /// <summary>One more than is ever read, so that the reader itself says that it is too long.</summary>
    private const int ProgramCheckBytes = 8 * 1024 * 1024;

    private static IEnumerable<string> EnvFile(string path) => System.Text.Encoding.UTF8.GetString(Bytes(path, MaxEnvFileBytes))
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .Select(line => line.StartsWith("export ", StringComparison.Ordinal) ? line[7..] : line);

    private static byte[] Bytes(string path, int most)
    {
        Files.MustExist(path);
        try
        {
            using var file = File.OpenRead(path);
            if (file.CanSeek && file.Length > most) throw new UsageException($"{path} is {file.Length} bytes long: at most {most} are read");
            using var all = new MemoryStream();
            file.CopyTo(all);
            return all.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"can't read {path}: {e.Message}");
        }
    }

    private static string[] Parts(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static Option<string?> One(string name, string description, string help, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = help };

    private static Option<string[]> Several(string name, string description, string help, params string[] aliases) =>
        new(name, aliases) { Description = description + "; may be repeated", HelpName = help };
}
