using System.Globalization;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts.Dialects;

/// <summary>Yunhe's own keys. They mean the same in a YAML task, after #YUNHE and as flags.</summary>
internal static partial class OwnKeys
{
    internal delegate WorkloadRequest Setter(WorkloadRequest request, IReadOnlyList<string> values, OwnKeyContext context);

    private static readonly string[] DeadlineForms = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mmK"];

    /// <summary>Key -> field of the request, and what sets it.</summary>
    internal static readonly IReadOnlyDictionary<string, (string Field, Setter Set)> All = new Dictionary<string, (string, Setter)>
    {
        ["optimize"] = ("optimize", (r, v, _) => r with { Optimize = Objective(One(v)) }),
        ["deadline"] = ("deadline", (r, v, c) => r with { Deadline = Deadline(One(v), c.Now) }),
        ["budget"] = ("budget", (r, v, _) => r with { Budget = Amounts.Money(One(v)) }),
        ["regions"] = ("regions", (r, v, _) => r with { Regions = v }),
        ["sites"] = ("sites", (r, v, _) => r with { Sites = v }),
        ["residency"] = ("residency", (r, v, _) => r with { Residency = v }),
        ["max_pue"] = ("max_pue", (r, v, _) => r with { MaxPue = Amounts.Number(One(v)) }),
        ["min_renewable_share"] = ("min_renewable_share", (r, v, _) => r with { MinRenewableShare = Amounts.Number(One(v)) }),
        ["priority"] = ("priority", (r, v, _) => r with { Priority = Amounts.Integer(One(v)) }),
        ["project"] = ("project", (r, v, _) => r with { Project = One(v) }),
        ["preemptible"] = ("preemptible", (r, v, _) => r with { Preemptible = Truth(One(v)) }),
        ["reservation"] = ("reservation", (r, v, _) => r with { Reservation = One(v) }),
        ["fabric"] = ("fabric", (r, v, _) => r with { Fabric = Fabric(One(v)) }),
        ["retries"] = ("retries", (r, v, _) => r with { Retries = Amounts.Integer(One(v)) }),
        ["checkpoint"] = ("checkpoint.path", (r, v, _) => r with { Checkpoint = (r.Checkpoint ?? new()) with { Path = One(v) } }),
        ["checkpoint_every"] = ("checkpoint.every_seconds", (r, v, _) => r with { Checkpoint = (r.Checkpoint ?? new()) with { EverySeconds = (long)Durations.Parse(One(v)).TotalSeconds } }),
        ["outputs"] = ("outputs", (r, v, _) => r with { Outputs = v }),
        ["time_limit"] = ("time_limit_seconds", (r, v, _) => r with { TimeLimitSeconds = (long)Durations.Parse(One(v)).TotalSeconds }),
        ["estimate"] = ("estimate_seconds", (r, v, _) => r with { EstimateSeconds = (long)Durations.Parse(One(v)).TotalSeconds }),
        ["max_wait"] = ("max_wait_seconds", (r, v, _) => r with { MaxWaitSeconds = (long)Durations.Parse(One(v)).TotalSeconds }),
        ["array"] = ("array", (r, v, _) => r with { Array = Array(string.Join(',', v)) }),
        ["after"] = ("dependencies", (r, v, c) => r with { Dependencies = Dependencies(v, c.Warn) }),
        ["depends_on"] = ("dependencies", (r, v, c) => r with { Dependencies = Dependencies(v, c.Warn) }),
    };

    internal static ArrayRequest Array(string text)
    {
        var cut = text.IndexOf('%');
        var request = new ArrayRequest
        {
            Indices = cut < 0 ? text : text[..cut],
            Limit = cut < 0 ? null : Amounts.Integer(text[(cut + 1)..]),
        };
        ArrayIndices.Parse(request.Indices);
        return request;
    }

    /// <summary>Each text is "afterok:w12[:w13…]", several with commas between; a bare "w12" means afterok.</summary>
    internal static IReadOnlyList<DependencyRequest> Dependencies(IEnumerable<string> texts, Action<string> warn)
    {
        var all = new List<DependencyRequest>();
        foreach (var part in texts.SelectMany(t => t.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (part.Contains('?'))
                throw new FormatException($"{Names.Show(part)}: alternatives ('?') can't be waited for; use ',' to wait for all of them");
            if (part == "singleton")
                throw new FormatException("'singleton' isn't supported: name the workloads to wait for, such as afterany:w12");
            var words = part.Split(':');
            var kind = words.Length == 1 ? DependencyWord.Afterok : Kind(words[0]);
            all.AddRange((words.Length == 1 ? words : words[1..]).Select(id => new DependencyRequest(kind, Workload(id, warn))));
            if (all.Count > RequestCheck.MaxDependencies)
                throw new FormatException($"more than {RequestCheck.MaxDependencies} dependencies");
        }
        return all;
    }

    private static DependencyWord Kind(string word) => word switch
    {
        "after" => DependencyWord.After,
        "afterany" => DependencyWord.Afterany,
        "afterok" => DependencyWord.Afterok,
        "afternotok" => DependencyWord.Afternotok,
        "aftercorr" => DependencyWord.Aftercorr,
        _ => throw new FormatException($"{Names.Show(word)} isn't a kind of dependency: use after, afterany, afterok, afternotok or aftercorr"),
    };

    private static string Workload(string id, Action<string> warn)
    {
        if (Patterns.WorkloadId().IsMatch(id)) return id;
        if (id.Contains('+')) throw new FormatException($"{Names.Show(id)}: a delay after another workload isn't supported; leave out '+'");
        if (id.Contains('_')) throw new FormatException($"{Names.Show(id)}: one task of an array can't be waited for; name the whole workload");
        if (!Patterns.WorkloadId().IsMatch("w" + id))
            throw new FormatException($"{Names.Show(id)} isn't a workload ID such as w12");
        warn($"{id} is read as the workload w{id}: the numbers of Slurm's jobs aren't Yunhe's");
        return "w" + id;
    }

    private static bool Truth(string text) => text switch
    {
        "true" or "yes" => true,
        "false" or "no" => false,
        _ => throw new FormatException($"{Names.Show(text)} is neither true nor false"),
    };

    private static FabricWord Fabric(string text) => text switch
    {
        "prefer" => FabricWord.Prefer,
        "same" => FabricWord.Same,
        _ => throw new FormatException($"{Names.Show(text)} is no wish for fabrics: use prefer or same"),
    };

    private static ObjectiveWord Objective(string text) => text switch
    {
        "cost" => ObjectiveWord.Cost,
        "time" => ObjectiveWord.Time,
        "carbon" => ObjectiveWord.Carbon,
        "balanced" => ObjectiveWord.Balanced,
        _ => throw new FormatException($"{Names.Show(text)} isn't an objective: use cost, time, carbon or balanced"),
    };

    private static DateTimeOffset Deadline(string text, DateTimeOffset now)
    {
        if (!DateStart().IsMatch(text)) return now + Durations.Parse(text);
        if (!Zoned().IsMatch(text))
            throw new FormatException($"{Names.Show(text)} has no zone: write 2026-10-01T18:00:00+08:00, or Z for UTC");
        if (!DateTimeOffset.TryParseExact(text.Replace(' ', 'T'), DeadlineForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var deadline))
            throw new FormatException($"{Names.Show(text)} isn't a time such as 2026-10-01T18:00:00+08:00");
        return deadline > now ? deadline : throw new FormatException($"{Names.Show(text)} is over already: it is {now:yyyy-MM-ddTHH:mm:ssK} now");
    }

    private static string One(IReadOnlyList<string> values) =>
        values.Count == 1 ? values[0] : throw new FormatException("expects one value, not a list");

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    private static partial Regex DateStart();

    [GeneratedRegex(@"(?:Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex Zoned();
}

internal sealed record OwnKeyContext(DateTimeOffset Now, Action<string> Warn);
