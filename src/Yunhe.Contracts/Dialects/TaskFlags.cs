namespace Yunhe.Contracts.Dialects;

/// <summary>What the reader takes from outside the text.</summary>
/// <param name="Now">For deadlines given as a duration from now.</param>
/// <param name="Environment">The user's variables: values of secrets and of exported names are taken from here. Empty on a server.</param>
public sealed record DialectContext(DateTimeOffset Now, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Flags beside the file; they win over it.</summary>
    public TaskFlags Flags { get; init; } = TaskFlags.None;
}

/// <summary>Flags of quote, run and submit as the user wrote them; null or empty: not given.</summary>
public sealed record TaskFlags
{
    public static readonly TaskFlags None = new();

    public string? Name { get; init; }

    public string? NumNodes { get; init; }

    public string? Cpus { get; init; }

    public string? Memory { get; init; }

    public string? Gpus { get; init; }

    public string? TimeLimit { get; init; }

    public string? Estimate { get; init; }

    public string? MaxWait { get; init; }

    public string? Optimize { get; init; }

    public string? Deadline { get; init; }

    public string? Budget { get; init; }

    public IReadOnlyList<string> Regions { get; init; } = [];

    public IReadOnlyList<string> Sites { get; init; } = [];

    public IReadOnlyList<string> Residency { get; init; } = [];

    public string? MaxPue { get; init; }

    public string? MinRenewable { get; init; }

    public string? Priority { get; init; }

    public string? Retries { get; init; }

    public string? Project { get; init; }

    public string? Preemptible { get; init; }

    public string? Reservation { get; init; }

    public string? Fabric { get; init; }

    public IReadOnlyList<string> Outputs { get; init; } = [];

    public string? Checkpoint { get; init; }

    public string? CheckpointEvery { get; init; }

    public string? Array { get; init; }

    public IReadOnlyList<string> Dependencies { get; init; } = [];

    /// <summary>NAME=value, or NAME to take the value from the user's environment.</summary>
    public IReadOnlyList<string> Envs { get; init; } = [];

    /// <summary>As <see cref="Envs"/>.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    public string? Workdir { get; init; }

    public string? Quote { get; init; }
}

public static class FlagOverride
{
    /// <summary>The draft with every given flag in place of what the file says; envs and secrets are added to the file's.</summary>
    /// <exception cref="DialectException">A flag's value is wrong, or makes the request wrong; the place is the flag.</exception>
    public static Draft With(this Draft draft, TaskFlags flags, DialectContext context)
    {
        var diagnostics = new Diagnostics("command line");
        var request = FlagReader.Apply(draft.Request, flags, context, diagnostics);
        if (draft.Request.Program.Kind == ProgramWord.Batch && flags.NumNodes is not null)
            diagnostics.Warn(Place.OfFlag("--num-nodes"), "cores and memory per node stay as the script asks for them");
        diagnostics.Check(request);
        diagnostics.ThrowIfAny();
        return draft with
        {
            Request = request,
            Workdir = flags.Workdir ?? draft.Workdir,
            Warnings = [.. draft.Warnings, .. diagnostics.Warnings],
        };
    }
}

internal static class FlagReader
{
    internal static WorkloadRequest Apply(WorkloadRequest request, TaskFlags flags, DialectContext context, Diagnostics diagnostics)
    {
        WorkloadRequest Set(string flag, string field, string? text, Func<string, WorkloadRequest> set)
        {
            if (text is null) return request;
            diagnostics.Locate(field, Place.OfFlag(flag));
            return request = diagnostics.Read(Place.OfFlag(flag), field, request, () => set(text));
        }

        Set("--name", "name", flags.Name, v => request with { Name = v });
        Set("--num-nodes", "num_nodes", flags.NumNodes, v => request with { NumNodes = Amounts.Integer(v) });
        Set("--quote", "quote", flags.Quote, v => request with { Quote = v });
        foreach (var (flag, key, values) in Own(flags))
        {
            if (values.Count == 0) continue;
            var owned = new OwnKeyContext(context.Now, w => diagnostics.Warn(Place.OfFlag(flag), w));
            diagnostics.Locate(OwnKeys.All[key].Field, Place.OfFlag(flag));
            request = diagnostics.Read(Place.OfFlag(flag), key, request, () => OwnKeys.All[key].Set(request, values, owned));
        }
        request = request with { Resources = Resources(request.Resources, flags, diagnostics) };
        return request with
        {
            Envs = Variables("--env", request.Envs, flags.Envs, context, diagnostics),
            Secrets = Variables("--secret", request.Secrets, flags.Secrets, context, diagnostics),
        };
    }

    /// <summary>Flags of the form NAME=value or NAME over the variables of a file.</summary>
    internal static IReadOnlyDictionary<string, string> Variables(string flag, IReadOnlyDictionary<string, string> variables,
        IReadOnlyList<string> given, DialectContext context, Diagnostics diagnostics)
    {
        if (given.Count == 0) return variables;
        var all = variables.ToDictionary(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var cut = text.IndexOf('=');
            var name = cut < 0 ? text : text[..cut];
            var value = cut < 0 ? context.Environment.GetValueOrDefault(name) : text[(cut + 1)..];
            if (value is null)
                diagnostics.Error(Place.OfFlag(flag), $"{Names.Show(name)} isn't set in your environment: set it, or give {flag} NAME=value");
            else if (Names.CheckEnv(name, value) is { } wrong)
                diagnostics.Error(Place.OfFlag(flag), wrong);
            else
                all[name] = value;
        }
        return all;
    }

    private static IEnumerable<(string Flag, string Key, IReadOnlyList<string> Values)> Own(TaskFlags flags)
    {
        IReadOnlyList<string> One(string? value) => value is null ? [] : [value];
        return
        [
            ("--time", "time_limit", One(flags.TimeLimit)), ("--estimate", "estimate", One(flags.Estimate)), ("--max-wait", "max_wait", One(flags.MaxWait)),
            ("--optimize", "optimize", One(flags.Optimize)), ("--deadline", "deadline", One(flags.Deadline)),
            ("--budget", "budget", One(flags.Budget)), ("--region", "regions", flags.Regions), ("--site", "sites", flags.Sites),
            ("--residency", "residency", flags.Residency), ("--max-pue", "max_pue", One(flags.MaxPue)), ("--min-renewable", "min_renewable_share", One(flags.MinRenewable)),
            ("--priority", "priority", One(flags.Priority)), ("--project", "project", One(flags.Project)),
            ("--preemptible", "preemptible", One(flags.Preemptible)), ("--reservation", "reservation", One(flags.Reservation)),
            ("--fabric", "fabric", One(flags.Fabric)), ("--retries", "retries", One(flags.Retries)),
            ("--outputs", "outputs", flags.Outputs), ("--checkpoint", "checkpoint", One(flags.Checkpoint)),
            ("--checkpoint-every", "checkpoint_every", One(flags.CheckpointEvery)), ("--array", "array", One(flags.Array)), ("--after", "after", flags.Dependencies),
        ];
    }

    private static IReadOnlyList<ResourceRequest> Resources(IReadOnlyList<ResourceRequest> given, TaskFlags flags, Diagnostics diagnostics)
    {
        var cpus = Read<int>("--cpus", flags.Cpus, t => Amounts.Cpus(t), diagnostics);
        var memory = Read<long>("--memory", flags.Memory, t => Amounts.MemoryMib(t), diagnostics);
        var gpus = Read<(string Model, decimal Count)>("--gpus", flags.Gpus, t => Amounts.Accelerator(t), diagnostics);
        if (cpus is null && memory is null && gpus is null) return given;
        foreach (var i in Enumerable.Range(0, Math.Max(1, given.Count)))
        {
            if (cpus is not null) diagnostics.Locate($"resources[{i}].cpus", Place.OfFlag("--cpus"));
            if (memory is not null) diagnostics.Locate($"resources[{i}].memory_mib", Place.OfFlag("--memory"));
            if (gpus is not null) diagnostics.Locate($"resources[{i}].accelerators", Place.OfFlag("--gpus"));
        }
        if (given.Count == 0) return [Amounts.Resource(cpus, memory, gpus)];
        return [.. given.Select(r => r with
        {
            Cpus = cpus ?? r.Cpus,
            MemoryMib = memory ?? r.MemoryMib,
            Accelerator = gpus is null ? r.Accelerator : gpus.Value.Model,
            Accelerators = gpus is null ? r.Accelerators : gpus.Value.Count,
        }).Distinct()];
    }

    private static T? Read<T>(string flag, string? text, Func<string, T> parse, Diagnostics diagnostics)
        where T : struct =>
        text is null ? null : diagnostics.Read<T?>(Place.OfFlag(flag), flag.TrimStart('-'), null, () => parse(text));
}
