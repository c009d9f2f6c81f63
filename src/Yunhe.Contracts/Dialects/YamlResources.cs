namespace Yunhe.Contracts.Dialects;

/// <summary>The "resources" of a YAML task: alternatives with the outer keys as defaults of each.</summary>
internal sealed class YamlResources(Diagnostics diagnostics)
{
    internal static readonly string[] Known =
        ["accelerators", "cpus", "memory", "any_of", "ordered", "job_recovery", "priority"];

    private const string Elsewhere = "isn't honoured: Yunhe chooses the site; narrow it with 'regions:' or 'sites:'";
    private const string NotOurs = "isn't honoured: sites run their machines as they are";

    /// <summary>Hints whose absence doesn't change what runs.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Harmless = new Dictionary<string, string>
    {
        ["infra"] = Elsewhere,
        ["cloud"] = Elsewhere,
        ["region"] = Elsewhere,
        ["zone"] = Elsewhere,
        ["use_spot"] = "isn't honoured: there are no spot machines; say 'optimize: cost'",
        ["disk_size"] = NotOurs,
        ["disk_tier"] = NotOurs,
        ["ephemeral_storage"] = NotOurs,
        ["local_disk"] = NotOurs,
        ["network_tier"] = NotOurs,
        ["labels"] = NotOurs,
        ["autostop"] = "isn't needed: a job's resources are given back when it ends",
        ["hooks"] = "isn't honoured: no hook is run",
        ["ports"] = "isn't honoured: a job's ports aren't opened to the outside",
        ["max_hourly_cost"] = "isn't honoured: say 'budget:' for the whole job",
        ["priority_class"] = "isn't honoured: say 'priority:' with a number",
        ["_no_missing_accel_warnings"] = "is SkyPilot's own and without effect",
    };

    /// <summary>Keys without which something else would run than the user expects.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["image_id"] = "can't be honoured: tasks run on the site's own system. Remove it and install what is needed in 'setup:'",
        ["accelerator_args"] = "can't be honoured: there are no TPU pools. Remove it",
        ["volumes"] = "can't be honoured: there are no volumes. Bring data in with 'file_mounts:' or 'workdir:'",
        ["_docker_login_config"] = "can't be honoured: tasks run on the site's own system",
        ["_is_image_managed"] = "can't be honoured: tasks run on the site's own system",
        ["_requires_fuse"] = "can't be honoured: nothing is mounted",
        ["_cluster_config_overrides"] = "can't be honoured: sites run their machines as they are",
    };

    internal WorkloadRequest Read(YamlMap map, WorkloadRequest request)
    {
        Notice(map);
        var outer = map.Entries.Where(e => e.Key.Text is not ("any_of" or "ordered")).ToDictionary(e => e.Key.Text);
        var lists = map.Entries.Where(e => e.Key.Text is "any_of" or "ordered" && e.Value is not YamlScalar { IsNull: true }).ToList();
        if (lists.Count > 1) diagnostics.Error(lists[1].Key.Place, "any_of and ordered exclude each other: keep one");
        var candidates = lists.Count == 0 ? [outer] : Candidates(lists[0], outer);
        var ordered = lists.Count > 0 && lists[0].Key.Text == "ordered";
        var all = new List<ResourceRequest>();
        foreach (var candidate in candidates)
        {
            all.AddRange(Alternatives(candidate, map.Place, all.Count, out var listed));
            ordered |= listed && candidates.Count == 1;
            if (all.Count > RequestCheck.MaxAlternatives)
            {
                diagnostics.Error(map.Place, $"resources: more than {RequestCheck.MaxAlternatives} alternatives");
                break;
            }
        }
        request = request with { Resources = all, Ordered = ordered };
        if (outer.TryGetValue("job_recovery", out var recovery)) request = Recovery(recovery, request);
        if (outer.TryGetValue("priority", out var priority) && Text(priority) is { } number)
        {
            diagnostics.Locate("priority", priority.Value.Place);
            request = diagnostics.Read(priority.Value.Place, "priority", request, () => request with { Priority = Amounts.Integer(number) });
        }
        return request;
    }

    /// <summary>Names every key of one mapping that is unknown, without effect, or can't be honoured.</summary>
    private void Notice(YamlMap map)
    {
        foreach (var (key, value) in map.Entries)
        {
            var absent = value is YamlScalar { IsNull: true } or YamlScalar { Plain: true, Text: "false" or "False" };
            if (Known.Contains(key.Text)) continue;
            // What there is, Yunhe takes anyway: gangs are packed into as few fabrics as possible.
            if (key.Text == "network_tier" && value is YamlScalar { Text: "best" or "standard" }) continue;
            if (Harmless.TryGetValue(key.Text, out var hint))
            {
                if (!absent) diagnostics.Warn(key.Place, $"resources.{key.Text} {hint}");
            }
            else if (key.Text == "instance_type")
                NoticeInstanceType(map, key, absent);
            else if (Refused.TryGetValue(key.Text, out var reason))
            {
                if (!absent) diagnostics.Error(key.Place, $"resources.{key.Text} {reason}");
            }
            else
                diagnostics.Error(key.Place, $"{Names.Show(key.Text)} isn't a key of resources"
                    + NearestWord.Hint(key.Text, [.. Known, .. Harmless.Keys, .. Refused.Keys, "instance_type"]));
        }
    }

    private void NoticeInstanceType(YamlMap map, YamlScalar key, bool absent)
    {
        if (absent) return;
        if (map.Entries.Any(e => e.Key.Text is "cpus" or "accelerators"))
            diagnostics.Warn(key.Place, "resources.instance_type isn't honoured: cpus, memory and accelerators decide");
        else
            diagnostics.Error(key.Place, "resources.instance_type can't be honoured: it names a cloud's machine. Say cpus, memory and accelerators");
    }

    private List<Dictionary<string, YamlEntry>> Candidates(YamlEntry list, Dictionary<string, YamlEntry> outer)
    {
        if (list.Value is not YamlList { Items.Count: > 0 } items)
        {
            diagnostics.Error(list.Value.Place, $"{list.Key.Text} takes a list of resources");
            return [outer];
        }
        var all = new List<Dictionary<string, YamlEntry>>();
        foreach (var item in items.Items)
        {
            if (item is not YamlMap map)
            {
                diagnostics.Error(item.Place, $"an entry of {list.Key.Text} is a mapping such as {{accelerators: A100:8}}");
                continue;
            }
            Notice(map);
            foreach (var nested in map.Entries.Where(e => e.Key.Text is "any_of" or "ordered" or "job_recovery" or "priority"))
                diagnostics.Error(nested.Key.Place, $"{nested.Key.Text} stands beside {list.Key.Text}, not within it");
            var candidate = new Dictionary<string, YamlEntry>(outer);
            foreach (var entry in map.Entries) candidate[entry.Key.Text] = entry;
            all.Add(candidate);
            if (all.Count > RequestCheck.MaxAlternatives) break;
        }
        return all;
    }

    private List<ResourceRequest> Alternatives(Dictionary<string, YamlEntry> candidate, Place place, int index, out bool listed)
    {
        var cpus = Amount<int>(candidate, "cpus", t => Amounts.Cpus(t));
        var memory = Amount<long>(candidate, "memory", t => Amounts.MemoryMib(t));
        listed = false;
        List<(string Model, decimal Count)?> models = [null];
        if (candidate.TryGetValue("accelerators", out var entry) && entry.Value is not YamlScalar { IsNull: true })
            (models, listed) = Accelerators(entry.Value);
        for (var i = index; i < index + models.Count; i++)
        {
            diagnostics.Locate($"resources[{i}].cpus", PlaceOf(candidate, "cpus", place));
            diagnostics.Locate($"resources[{i}].memory_mib", PlaceOf(candidate, "memory", place));
            diagnostics.Locate($"resources[{i}]", PlaceOf(candidate, "accelerators", place));
        }
        if (models is not [null] && cpus is null)
            diagnostics.Warn(entry!.Value.Place, "resources.cpus isn't given: one core per accelerator, and 1 GiB per core, are assumed");
        return [.. models.Select(m => Amounts.Resource(cpus, memory, m))];
    }

    /// <summary>"A100:8"; a list, tried in its order; a mapping {A100: 8, H100: 4} or {A100:8, H100:4}, of which the best is taken.</summary>
    private (List<(string Model, decimal Count)?> Models, bool Listed) Accelerators(YamlNode node)
    {
        var entries = node switch
        {
            YamlList list => list.Items.Select(i => (Text: (i as YamlScalar)?.Text, i.Place)),
            YamlMap map => map.Entries.Select(e => (Text: e.Value switch
            {
                YamlScalar { IsNull: true } => e.Key.Text,
                YamlScalar count => $"{e.Key.Text}:{count.Text}",
                _ => null,
            }, e.Key.Place)),
            _ => [(((YamlScalar)node).Text, node.Place)],
        };
        var models = new List<(string Model, decimal Count)?>();
        foreach (var (text, place) in entries.Take(RequestCheck.MaxAlternatives + 1))
            models.Add(diagnostics.Read<(string, decimal)?>(place, "accelerators", null, () =>
                Amounts.Accelerator(text ?? throw new FormatException("expected a model and a count such as A100:8"))));
        return (models.Count == 0 ? [null] : models, node is YamlList);
    }

    private WorkloadRequest Recovery(YamlEntry entry, WorkloadRequest request)
    {
        if (entry.Value is not YamlMap map)
        {
            if (entry.Value is not YamlScalar { Text: "none" or "" or "null" })
                diagnostics.Warn(entry.Key.Place, "resources.job_recovery isn't honoured as a strategy: a lost site is always recovered from; say max_restarts_on_errors or 'retries:' for failures");
            return request;
        }
        foreach (var part in map.Entries)
        {
            if (part.Key.Text == "max_restarts_on_errors" && Text(part) is { } count)
            {
                diagnostics.Locate("retries", part.Value.Place);
                request = diagnostics.Read(part.Value.Place, part.Key.Text, request, () => request with { Retries = Amounts.Integer(count) });
            }
            else if (part.Value is not YamlScalar { IsNull: true })
                diagnostics.Warn(part.Key.Place, $"resources.job_recovery.{part.Key.Text} isn't honoured: a lost site is always recovered from, at the best site then");
        }
        return request;
    }

    private T? Amount<T>(Dictionary<string, YamlEntry> candidate, string key, Func<string, T> parse)
        where T : struct =>
        candidate.TryGetValue(key, out var entry) && Text(entry) is { } text
            ? diagnostics.Read<T?>(entry.Value.Place, $"resources.{key}", null, () => parse(text))
            : null;

    private string? Text(YamlEntry entry)
    {
        if (entry.Value is YamlScalar scalar) return scalar.IsNull ? null : scalar.Text;
        diagnostics.Error(entry.Value.Place, $"{entry.Key.Text} takes a single value");
        return null;
    }

    private static Place PlaceOf(Dictionary<string, YamlEntry> candidate, string key, Place otherwise) =>
        candidate.TryGetValue(key, out var entry) ? entry.Value.Place : otherwise;
}
