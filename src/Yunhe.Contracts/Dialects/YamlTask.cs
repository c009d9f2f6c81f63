using System.Text.RegularExpressions;

namespace Yunhe.Contracts.Dialects;

/// <summary>A YAML task in the field names of SkyPilot's specification, with Yunhe's own keys beside them. JSON is YAML too.</summary>
public static class YamlTask
{
    /// <exception cref="DialectException">All that is wrong with the text.</exception>
    public static Draft Read(ReadOnlySpan<byte> bytes, string fileName, DialectContext context)
    {
        var diagnostics = new Diagnostics(fileName);
        return Read(SourceText.Decode(bytes, YamlLoader.MaxBytes, diagnostics), fileName, context);
    }

    /// <exception cref="DialectException">All that is wrong with the text.</exception>
    public static Draft Read(string text, string fileName, DialectContext context)
    {
        var diagnostics = new Diagnostics(fileName);
        var root = new YamlLoader(diagnostics).Load(SourceText.Guard(text, YamlLoader.MaxBytes, diagnostics));
        if (root is not YamlMap map)
            throw diagnostics.Stop(root.Place, "a task is a mapping of keys such as 'run:', not a single value or a list");
        return new YamlTaskReader(diagnostics, context).Read(map, fileName).With(context.Flags, context);
    }
}

internal sealed partial class YamlTaskReader
{
    private static readonly Dictionary<string, string> Harmless = new()
    {
        ["config"] = "isn't honoured: it configures SkyPilot",
        ["experimental"] = "isn't honoured: it configures SkyPilot",
        ["event_callback"] = "isn't honoured: nothing is called; watch the workload instead",
        ["inputs"] = "isn't honoured: it is SkyPilot's hint of a data size",
        ["api_server_access"] = "isn't honoured: it configures SkyPilot",
        ["file_mounts_mapping"] = "is SkyPilot's own and without effect",
        ["_metadata"] = "is SkyPilot's own and without effect",
    };

    private static readonly Dictionary<string, string> Refused = new()
    {
        ["service"] = "makes this an inference service, which isn't a job: services come later. Remove it to run the task once",
        ["pool"] = "makes this a pool of workers, which isn't a job. Remove it to run the task once",
        ["volumes"] = "can't be honoured: there are no volumes. Bring data in with 'file_mounts:' or 'workdir:'",
        ["volume_mounts"] = "can't be honoured: there are no volumes. Bring data in with 'file_mounts:' or 'workdir:'",
        ["managed_secrets"] = "can't be honoured: there is no secret store. Use 'secrets:', with no value to take it from your environment",
    };

    private readonly Diagnostics diagnostics;
    private readonly DialectContext context;
    private readonly Dictionary<string, Action<YamlEntry>> readers;
    private readonly Dictionary<string, string> mounts = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, string> envs;
    private Dictionary<string, string> secrets = [];
    private WorkloadRequest request = new() { Program = new() { Kind = ProgramWord.Task } };
    private string? workdir;

    internal YamlTaskReader(Diagnostics diagnostics, DialectContext context)
    {
        (this.diagnostics, this.context) = (diagnostics, context);
        envs = WithFlags([]);
        readers = new()
        {
            ["name"] = e => request = request with { Name = Substitute(Text(e), e) },
            ["workdir"] = ReadWorkdir,
            ["num_nodes"] = e => request = Number(e, n => request with { NumNodes = n }),
            ["resources"] = ReadResources,
            ["envs"] = e => envs = WithFlags(Variables(e, secret: false)),
            ["secrets"] = e => secrets = Variables(e, secret: true),
            ["file_mounts"] = ReadFileMounts,
            ["setup"] = e => request = request with { Program = request.Program with { Setup = Text(e) } },
            ["run"] = e => request = request with { Program = request.Program with { Run = Text(e) } },
        };
        foreach (var key in OwnKeys.All.Keys) readers[key] = ReadOwn;
        readers["checkpoint"] = ReadCheckpoint;
    }

    internal Draft Read(YamlMap map, string fileName)
    {
        foreach (var (key, place, message) in map.Entries.Select(e => (e, e.Key.Place, Unknown(e.Key.Text))))
            if (message is not null && key.Value is not YamlScalar { IsNull: true }) diagnostics.Error(place, message);
        foreach (var entry in map.Entries.Where(e => Harmless.ContainsKey(e.Key.Text) && e.Value is not YamlScalar { IsNull: true }))
            diagnostics.Warn(entry.Key.Place, $"{entry.Key.Text} {Harmless[entry.Key.Text]}");
        diagnostics.Locate("program", map.Place);
        // Variables first: other keys may name them.
        foreach (var entry in map.Entries.OrderBy(e => e.Key.Text is not ("envs" or "secrets")))
        {
            if (!readers.TryGetValue(entry.Key.Text, out var read)) continue;
            diagnostics.Locate(FieldOf(entry.Key.Text), entry.Value.Place);
            if (entry.Value is not YamlScalar { IsNull: true }) read(entry);
        }
        request = request with { Name = request.Name ?? Names.FromFile(Path.GetFileNameWithoutExtension(fileName)), Envs = envs, Secrets = secrets };
        diagnostics.Check(request);
        diagnostics.ThrowIfAny();
        return new(request, workdir, mounts, diagnostics.Warnings);
    }

    private string? Unknown(string key)
    {
        if (readers.ContainsKey(key) || Harmless.ContainsKey(key)) return null;
        if (Refused.TryGetValue(key, out var reason)) return $"{key} {reason}";
        if (YamlResources.Known.Contains(key) || YamlResources.Harmless.ContainsKey(key) || YamlResources.Refused.ContainsKey(key))
            return $"'{key}' belongs under 'resources:'";
        return $"{Names.Show(key)} isn't a key of a task{NearestWord.Hint(key, [.. readers.Keys, .. Harmless.Keys, .. Refused.Keys])}";
    }

    private static string FieldOf(string key) => key switch
    {
        "setup" or "run" => $"program.{key}",
        _ => OwnKeys.All.TryGetValue(key, out var own) ? own.Field : key,
    };

    private void ReadResources(YamlEntry entry)
    {
        if (entry.Value is YamlMap map) request = new YamlResources(diagnostics).Read(map, request);
        else diagnostics.Error(entry.Value.Place, "resources takes a mapping such as {cpus: 4, accelerators: A100:8}");
    }

    private void ReadOwn(YamlEntry entry)
    {
        var place = entry.Value.Place;
        if (entry.Value is YamlMap || (entry.Value is YamlList list && list.Items.Any(i => i is not YamlScalar)))
        {
            diagnostics.Error(place, $"{entry.Key.Text} takes a value or a list of values, not a mapping");
            return;
        }
        IReadOnlyList<string> values = entry.Value is YamlList items ? [.. items.Items.Select(i => ((YamlScalar)i).Text)] : [((YamlScalar)entry.Value).Text];
        var own = new OwnKeyContext(context.Now, w => diagnostics.Warn(place, w));
        request = diagnostics.Read(place, entry.Key.Text, request, () => OwnKeys.All[entry.Key.Text].Set(request, values, own));
    }

    /// <summary>"checkpoint: FOLDER", or with its parts as a mapping.</summary>
    private void ReadCheckpoint(YamlEntry entry)
    {
        if (entry.Value is not YamlMap map)
        {
            ReadOwn(entry);
            return;
        }
        foreach (var (key, value) in map.Entries)
        {
            var own = key.Text switch { "path" => "checkpoint", "every" => "checkpoint_every", _ => null };
            if (own is null || value is not YamlScalar)
            {
                diagnostics.Error(key.Place, own is null
                    ? $"checkpoint takes path and every, not {Names.Show(key.Text)}{NearestWord.Hint(key.Text, ["path", "every"])}"
                    : $"checkpoint.{key.Text} takes a single value");
                continue;
            }
            diagnostics.Locate(FieldOf(own), value.Place);
            ReadOwn(new(key with { Text = own }, value));
        }
    }

    private Dictionary<string, string> Variables(YamlEntry entry, bool secret)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        if (secret && entry.Value is YamlList names)
        {
            foreach (var name in names.Items.OfType<YamlScalar>()) AddSecret(all, name);
            return all;
        }
        if (entry.Value is not YamlMap map)
        {
            diagnostics.Error(entry.Value.Place, $"{entry.Key.Text} takes a mapping of names to values");
            return all;
        }
        foreach (var (key, value) in map.Entries)
        {
            diagnostics.Locate($"{entry.Key.Text}.{key.Text}", value.Place);
            if (value is not YamlScalar scalar)
                diagnostics.Error(value.Place, $"{entry.Key.Text}.{key.Text} takes a single value");
            else if (!scalar.IsNull)
                all[key.Text] = scalar.Text;
            else if (secret)
                AddSecret(all, key);
            else if (!GivenByFlag(context.Flags.Envs, key.Text))
                diagnostics.Error(value.Place, $"envs.{key.Text} has no value: write one, or give --env {key.Text}=value");
        }
        return all;
    }

    /// <summary>
    /// As SkyPilot does, the command line's variables replace the file's before other keys use them. What is wrong with a
    /// flag is reported when the flags are applied.
    /// </summary>
    private IReadOnlyDictionary<string, string> WithFlags(Dictionary<string, string> variables) =>
        FlagReader.Variables("--env", variables, context.Flags.Envs, context, new Diagnostics(""));

    private void AddSecret(Dictionary<string, string> all, YamlScalar name)
    {
        if (GivenByFlag(context.Flags.Secrets, name.Text)) return;
        if (context.Environment.TryGetValue(name.Text, out var value)) all[name.Text] = value;
        else diagnostics.Error(name.Place, $"the secret {Names.Show(name.Text)} isn't set in your environment: export it, or give --secret {name.Text}");
    }

    private static bool GivenByFlag(IReadOnlyList<string> flags, string name) =>
        flags.Any(f => f == name || f.StartsWith(name + "=", StringComparison.Ordinal));

    private void ReadWorkdir(YamlEntry entry)
    {
        if (entry.Value is YamlMap)
            diagnostics.Error(entry.Value.Place, "workdir: a Git repository isn't fetched; clone it and name the folder, or clone it in 'setup:'");
        else
            workdir = LocalPath(Text(entry), entry, "workdir");
    }

    private void ReadFileMounts(YamlEntry entry)
    {
        if (entry.Value is not YamlMap map)
        {
            diagnostics.Error(entry.Value.Place, "file_mounts takes a mapping of targets to local paths");
            return;
        }
        foreach (var mount in map.Entries)
        {
            var target = MountTarget(Substitute(mount.Key.Text, mount) ?? "", mount.Key.Place);
            if (mount.Value is not YamlScalar)
                diagnostics.Error(mount.Value.Place, $"file_mounts: {Names.Show(mount.Key.Text)} is a bucket or volume, which isn't mounted. Name a local path, or fetch the data in 'setup:'");
            else if (LocalPath(Text(mount), mount, "file_mounts") is { } source && target is not null && !mounts.TryAdd(target, source))
                diagnostics.Error(mount.Key.Place, $"file_mounts: {Names.Show(target)} is there twice");
        }
    }

    /// <summary>"~" is the working directory: it is the only place a task may write to.</summary>
    private string? MountTarget(string target, Place place)
    {
        var inside = target is "~" or "~/" ? "." : target.StartsWith("~/", StringComparison.Ordinal) ? target[2..] : target;
        if (inside.StartsWith('/'))
        {
            diagnostics.Error(place, $"file_mounts: the target {Names.Show(target)} lies outside the working directory, and a task may write nowhere else. "
                + $"Use '.{target}' and read it from there");
            return null;
        }
        inside = string.Join('/', inside.Split('/').Where(p => p is not ("" or "."))) + (inside.EndsWith('/') ? "/" : "");
        if (inside is "" or "/") inside = ".";
        if (Names.CheckPath(inside) is not { } wrong) return inside;
        diagnostics.Error(place, $"file_mounts: {wrong}");
        return null;
    }

    private string? LocalPath(string? text, YamlEntry entry, string key)
    {
        var path = Substitute(text, entry);
        if (path is null) return null;
        if (Url().IsMatch(path))
        {
            diagnostics.Error(entry.Value.Place, $"{key}: {Names.Show(path)} isn't local, and Yunhe doesn't fetch from there yet. "
                + "Fetch it in 'setup:', or download it and name the local path");
            return null;
        }
        if (path.Length > 0) return path;
        diagnostics.Error(entry.Value.Place, $"{key}: the path is empty");
        return null;
    }

    /// <summary>SkyPilot's substitution of $NAME and ${NAME} by the task's envs; a name that isn't among them is an error here.</summary>
    private string? Substitute(string? text, YamlEntry entry) =>
        text is null ? null : Variable().Replace(text, match =>
        {
            if (envs.TryGetValue(match.Groups[1].Value, out var value)) return value;
            diagnostics.Error(entry.Key.Place, $"{entry.Key.Text}: {match.Value} isn't among the envs: add it there, or write the value");
            return match.Value;
        });

    private WorkloadRequest Number(YamlEntry entry, Func<int, WorkloadRequest> set) =>
        Text(entry) is { } text ? diagnostics.Read(entry.Value.Place, entry.Key.Text, request, () => set(Amounts.Integer(text))) : request;

    private string? Text(YamlEntry entry)
    {
        if (entry.Value is YamlScalar scalar) return scalar.Text;
        diagnostics.Error(entry.Value.Place, $"{entry.Key.Text} takes a single value");
        return null;
    }

    [GeneratedRegex(@"\$\{?\b([a-zA-Z_][a-zA-Z0-9_]*)\b\}?")]
    private static partial Regex Variable();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*://")]
    private static partial Regex Url();
}
