using System.Text;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts;

/// <param name="Field">Path in the JSON, such as "resources[0].cpus".</param>
public sealed record FieldError(string Field, string Message);

/// <summary>The meaning of a request, checked field by field: what the types can't say. All errors at once, in the order of the fields.</summary>
public static class RequestCheck
{
    public const int MaxNodes = 100_000;
    public const int MaxCpus = 100_000;
    public const long MaxMemoryMib = 1L << 30;
    public const int MaxAccelerators = 1024;
    public const int MaxPriority = 1000;
    public const int MaxRetries = 100;
    public const long MaxSeconds = 366L * 24 * 3600;
    public const decimal MaxBudget = 1_000_000_000_000m;
    public const int MaxEnvs = 1000;
    public const int MaxListed = 100;
    public const int MaxDependencies = 1000;
    public const int MaxFileMounts = 1000;
    public const int MaxAlternatives = 64;

    public static IReadOnlyList<FieldError> Check(WorkloadRequest request)
    {
        var errors = new FieldErrors();
        RefuseNulls(request, errors);
        if (errors.All.Count > 0) return errors.All;
        if (request.Name is { } name) errors.Add("name", Names.Check(name));
        ProgramCheck.Check(request.Program, errors);
        CheckResources(request.Resources, errors);
        errors.Range("num_nodes", request.NumNodes, 1, MaxNodes);
        CheckVariables("envs", request.Envs, errors);
        CheckVariables("secrets", request.Secrets, errors);
        foreach (var both in request.Secrets.Keys.Where(request.Envs.ContainsKey).Order(StringComparer.Ordinal))
            errors.Add($"secrets.{both}", "is among envs too: keep it in one of the two");
        CheckArray(request, errors);
        CheckDependencies(request.Dependencies, errors);
        if (!Enum.IsDefined(request.Optimize)) errors.Add("optimize", "use cost, time, carbon or balanced");
        if (request.Budget is <= 0 or >= MaxBudget) errors.Add("budget", $"{request.Budget} is out of range: more than 0, less than {MaxBudget}");
        CheckPlaces("regions", request.Regions, errors);
        CheckPlaces("sites", request.Sites, errors);
        if (request.Residency is { } residency) CheckPlaces("residency", residency, errors);
        if (request.Residency is []) errors.Add("residency", "is empty: name at least one place, or leave it out");
        if (request.MaxPue is { } pue && pue is not (>= 1 and <= 10)) errors.Add("max_pue", $"{pue} is out of range: 1 to 10");
        if (request.MinRenewableShare is { } share && share is not (>= 0 and <= 1)) errors.Add("min_renewable_share", $"{share} is out of range: 0 to 1");
        errors.Range("priority", request.Priority, -MaxPriority, MaxPriority);
        errors.Range("retries", request.Retries, 0, MaxRetries);
        if (request.TimeLimitSeconds is { } limit) errors.Range("time_limit_seconds", limit, 1, MaxSeconds);
        if (request.EstimateSeconds is { } estimate) errors.Range("estimate_seconds", estimate, 1, MaxSeconds);
        if (request.MaxWaitSeconds is { } wait) errors.Range("max_wait_seconds", wait, 1, MaxSeconds);
        CheckFiles(request, errors);
        if (request.Checkpoint is { } checkpoint) CheckCheckpoint(checkpoint, errors);
        if (request.Batch is { } batch) BatchCheck.Check(request.Program.Kind, batch, errors);
        if (request.Project is { } project) errors.Add("project", Names.CheckProject(project));
        if (request.Reservation is { } reservation) errors.Add("reservation", Names.Check(reservation));
        if (!Enum.IsDefined(request.Fabric)) errors.Add("fabric", "use prefer or same");
        if (request.Quote is { } quote) errors.Add("quote", Names.Check(quote));
        return errors.All;
    }

    /// <summary>JSON can say null where the types don't: the other checks rely on there being none.</summary>
    private static void RefuseNulls(WorkloadRequest request, FieldErrors errors)
    {
        foreach (var (field, value) in new (string, object?)[]
        {
            ("program", request.Program), ("program.arguments", request.Program?.Arguments), ("program.command", request.Program?.Command),
            ("resources", request.Resources), ("envs", request.Envs), ("secrets", request.Secrets),
            ("dependencies", request.Dependencies), ("regions", request.Regions), ("sites", request.Sites),
            ("file_mounts", request.FileMounts), ("outputs", request.Outputs),
        })
            if (value is null || (value is IEnumerable<object?> items && items.Contains(null)))
                errors.Add(field, "is null or has a null within: leave it out instead");
        if (request.Residency?.Contains(null!) == true) errors.Add("residency", "has a null within: leave it out instead");
        if (errors.All.Count > 0) return;
        if (request.Array is { Indices: null }) errors.Add("array.indices", "is null");
        if (request.Dependencies.Any(d => d.Workload is null)) errors.Add("dependencies", "has an entry without a workload");
        if (request.FileMounts.Any(m => m.Target is null || m.Sha256 is null)) errors.Add("file_mounts", "has an entry without target or sha256");
    }

    private static void CheckResources(IReadOnlyList<ResourceRequest> resources, FieldErrors errors)
    {
        errors.Count("resources", resources.Count, MaxAlternatives);
        for (var i = 0; i < Math.Min(resources.Count, MaxAlternatives); i++)
        {
            var (at, r) = ($"resources[{i}]", resources[i]);
            errors.Range($"{at}.cpus", r.Cpus, 1, MaxCpus);
            if (r.MemoryMib is < 1 or > MaxMemoryMib)
                errors.Add($"{at}.memory_mib", $"{r.MemoryMib} MiB is out of range: 1 MiB to 1 PiB");
            errors.Add($"{at}.accelerators", AcceleratorsAsked(r.Accelerators));
            if (r.Accelerator is { } model) errors.Add($"{at}.accelerator", Names.CheckAccelerator(model));
            if (r.Accelerator is null && r.Accelerators > 0)
                errors.Add($"{at}.accelerator", "is missing: say which model, or '*' for any");
            if (r.Accelerator is not null && r.Accelerators == 0)
                errors.Add($"{at}.accelerators", "is 0: ask for at least one, or leave the accelerator out");
        }
    }

    /// <summary>What is wrong with a number of accelerators; null: nothing.</summary>
    internal static string? AcceleratorsAsked(decimal count) =>
        count is < 0 or > MaxAccelerators ? $"{count} is out of range: 0 to {MaxAccelerators}"
        : decimal.IsInteger(count) ? null
        : count > 1 ? $"{count}: ask for whole accelerators, or for a share of one, such as 0.5"
        : decimal.IsInteger(count * 1000) ? null
        : $"{count}: a share of an accelerator is counted in thousandths, 0.001 to 0.999";

    private static void CheckVariables(string field, IReadOnlyDictionary<string, string> variables, FieldErrors errors)
    {
        errors.Count(field, variables.Count, MaxEnvs);
        foreach (var (name, value) in variables.OrderBy(v => v.Key, StringComparer.Ordinal).Take(MaxEnvs))
            errors.Add($"{field}.{name}", value is null ? "has no value" : Names.CheckEnv(name, value));
    }

    private static void CheckArray(WorkloadRequest request, FieldErrors errors)
    {
        if (request.Array is not { } array) return;
        try
        {
            ArrayIndices.Parse(array.Indices);
        }
        catch (FormatException e)
        {
            errors.Add("array.indices", e.Message);
        }
        if (array.Limit is { } limit) errors.Range("array.limit", limit, 1, ArrayIndices.MaxTasks);
    }

    private static void CheckDependencies(IReadOnlyList<DependencyRequest> dependencies, FieldErrors errors)
    {
        errors.Count("dependencies", dependencies.Count, MaxDependencies);
        for (var i = 0; i < Math.Min(dependencies.Count, MaxDependencies); i++)
        {
            if (!Enum.IsDefined(dependencies[i].Kind)) errors.Add($"dependencies[{i}].kind", "isn't a kind of dependency");
            if (!Patterns.WorkloadId().IsMatch(dependencies[i].Workload))
                errors.Add($"dependencies[{i}].workload", $"{Names.Show(dependencies[i].Workload)} isn't a workload ID such as w12");
        }
    }

    private static void CheckPlaces(string field, IReadOnlyList<string> places, FieldErrors errors)
    {
        errors.Count(field, places.Count, MaxListed);
        for (var i = 0; i < Math.Min(places.Count, MaxListed); i++)
            if (places[i].Length is 0 or > Names.MaxLength || places[i].Any(char.IsControl))
                errors.Add($"{field}[{i}]", $"{Names.Show(places[i])} isn't a name of 1 to {Names.MaxLength} characters");
    }

    private static void CheckFiles(WorkloadRequest request, FieldErrors errors)
    {
        if (request.Workdir is { } workdir) errors.Add("workdir", Sha256(workdir));
        errors.Count("file_mounts", request.FileMounts.Count, MaxFileMounts);
        for (var i = 0; i < Math.Min(request.FileMounts.Count, MaxFileMounts); i++)
        {
            errors.Add($"file_mounts[{i}].target", Names.CheckPath(request.FileMounts[i].Target));
            errors.Add($"file_mounts[{i}].sha256", Sha256(request.FileMounts[i].Sha256));
        }
        errors.Count("outputs", request.Outputs.Count, MaxListed);
        for (var i = 0; i < Math.Min(request.Outputs.Count, MaxListed); i++)
            errors.Add($"outputs[{i}]", Names.CheckPath(request.Outputs[i]));
    }

    private static void CheckCheckpoint(CheckpointRequest checkpoint, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(checkpoint.Path)) errors.Add("checkpoint.path", "is missing: name a folder in the working directory, such as checkpoints");
        else if (Names.CheckPath(checkpoint.Path) is { } wrong) errors.Add("checkpoint.path", wrong);
        else if (checkpoint.Path.Split('/').All(part => part is "" or "."))
            errors.Add("checkpoint.path", "is the working directory itself: name a folder in it, such as checkpoints");
        errors.Range("checkpoint.every_seconds", checkpoint.EverySeconds, 1, MaxSeconds);
    }

    private static string? Sha256(string hex) =>
        Patterns.Sha256().IsMatch(hex) ? null : $"{Names.Show(hex)} isn't a SHA-256: 64 hexadecimal digits in lower case";
}

/// <summary>Exactly the parts of the program's kind are set, and none is longer than a machine takes.</summary>
internal static class ProgramCheck
{
    /// <summary>sbatch's own bound of a script, max_script_size, is 4 MiB.</summary>
    internal const int MaxScriptBytes = 4 * 1024 * 1024;

    private const int MaxArguments = 10_000;

    internal static void Check(ProgramRequest program, FieldErrors errors)
    {
        if (!Enum.IsDefined(program.Kind)) errors.Add("program.kind", "use task, batch or command");
        Allow(program, ProgramWord.Task, "setup", program.Setup is not null, errors);
        Allow(program, ProgramWord.Task, "run", program.Run is not null, errors);
        Allow(program, ProgramWord.Batch, "script", program.Script is not null, errors);
        Allow(program, ProgramWord.Batch, "arguments", program.Arguments.Count > 0, errors);
        Allow(program, ProgramWord.Command, "command", program.Command.Count > 0, errors);
        if (program.Kind == ProgramWord.Task && string.IsNullOrWhiteSpace(program.Run) && string.IsNullOrWhiteSpace(program.Setup))
            errors.Add("program.run", "is missing: there is nothing to run");
        if (program.Kind == ProgramWord.Batch && program.Script?.StartsWith("#!", StringComparison.Ordinal) != true)
            errors.Add("program.script", "must begin with '#!' and the path of an interpreter, such as #!/bin/sh");
        if (program.Kind == ProgramWord.Command && (program.Command.Count == 0 || program.Command[0].Length == 0))
            errors.Add("program.command", "is missing: there is nothing to run");
        Script("setup", program.Setup, errors);
        Script("run", program.Run, errors);
        Script("script", program.Script, errors);
        Arguments("arguments", program.Arguments, errors);
        Arguments("command", program.Command, errors);
    }

    private static void Allow(ProgramRequest program, ProgramWord kind, string part, bool set, FieldErrors errors)
    {
        if (set && program.Kind != kind)
            errors.Add($"program.{part}", $"belongs to a program of kind {kind.ToString().ToLowerInvariant()}, not {program.Kind.ToString().ToLowerInvariant()}");
    }

    private static void Script(string part, string? text, FieldErrors errors)
    {
        if (text is null) return;
        if (text.Contains('\0')) errors.Add($"program.{part}", "has a NUL character");
        if (Encoding.UTF8.GetByteCount(text) > MaxScriptBytes) errors.Add($"program.{part}", "is longer than 4 MiB");
    }

    private static void Arguments(string part, IReadOnlyList<string> arguments, FieldErrors errors)
    {
        errors.Count($"program.{part}", arguments.Count, MaxArguments);
        for (var i = 0; i < Math.Min(arguments.Count, MaxArguments); i++)
        {
            if (arguments[i].Contains('\0')) errors.Add($"program.{part}[{i}]", "has a NUL character");
            if (Encoding.UTF8.GetByteCount(arguments[i]) >= Names.MaxArgumentBytes) errors.Add($"program.{part}[{i}]", "is longer than 128 KiB");
        }
    }
}

/// <summary>The parts that only an sbatch script has. They reach Slurm as arguments, so no control characters.</summary>
internal static class BatchCheck
{
    private const int MaxText = 4096;

    internal static void Check(ProgramWord kind, BatchRequest batch, FieldErrors errors)
    {
        if (kind != ProgramWord.Batch) errors.Add("batch", "belongs to a program of kind batch");
        if (batch.Ntasks is { } tasks) errors.Range("batch.ntasks", tasks, 1, 10_000_000);
        if (batch.NtasksPerNode is { } perNode) errors.Range("batch.ntasks_per_node", perNode, 1, RequestCheck.MaxCpus);
        if (batch.CpusPerTask is { } cpus) errors.Range("batch.cpus_per_task", cpus, 1, RequestCheck.MaxCpus);
        if (batch.MemPerCpuMib is { } mem) errors.Range("batch.mem_per_cpu_mib", mem, 1, RequestCheck.MaxMemoryMib);
        Text("gres", batch.Gres, errors);
        Text("partition", batch.Partition, errors);
        Text("account", batch.Account, errors);
        Text("qos", batch.Qos, errors);
        Text("constraint", batch.Constraint, errors);
        Text("switches", batch.Switches, errors);
        Text("signal", batch.Signal, errors);
        Text("export", batch.Export, errors);
        foreach (var (field, path) in new[] { ("output", batch.Output), ("error", batch.Error), ("chdir", batch.Chdir) })
            if (path is not null && (path != "/dev/null" || field == "chdir"))
                errors.Add($"batch.{field}", Names.CheckPath(path));
    }

    private static void Text(string field, string? text, FieldErrors errors)
    {
        if (text is null) return;
        if (text.Length is 0 or > MaxText || text.Any(char.IsControl))
            errors.Add($"batch.{field}", $"{Names.Show(text)} must be 1 to {MaxText} characters without control characters");
    }
}

internal sealed class FieldErrors
{
    private readonly List<FieldError> all = [];

    internal IReadOnlyList<FieldError> All => all;

    internal void Add(string field, string? message)
    {
        if (message is not null) all.Add(new(field, message));
    }

    internal void Range(string field, long value, long least, long most)
    {
        if (value < least || value > most) Add(field, $"{value} is out of range: {least} to {most}");
    }

    internal void Count(string field, int count, int most)
    {
        if (count > most) Add(field, $"has {count} entries: at most {most}");
    }
}

internal static partial class Patterns
{
    [GeneratedRegex(@"^w[1-9][0-9]{0,17}\z")]
    internal static partial Regex WorkloadId();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    internal static partial Regex Sha256();
}
