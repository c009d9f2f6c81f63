namespace Yunhe.Contracts.Dialects;

/// <summary>An sbatch script as it is: its #SBATCH directives, and #YUNHE lines for Yunhe's own keys.</summary>
public static class SbatchScript
{
    /// <exception cref="DialectException">All that is wrong with the script.</exception>
    public static Draft Read(ReadOnlySpan<byte> bytes, string fileName, IReadOnlyList<string> arguments, DialectContext context) =>
        Read(SourceText.Decode(bytes, ProgramCheck.MaxScriptBytes, new(fileName)), fileName, arguments, context);

    /// <exception cref="DialectException">All that is wrong with the script.</exception>
    public static Draft Read(string text, string fileName, IReadOnlyList<string> arguments, DialectContext context)
    {
        var diagnostics = new Diagnostics(fileName);
        SourceText.Guard(text, ProgramCheck.MaxScriptBytes, diagnostics);
        // These two are errors of sbatch itself, in its words.
        if (!text.StartsWith("#!", StringComparison.Ordinal))
            throw diagnostics.Stop(new(1), "This does not look like a batch script. The first line must start with #! followed by the path to an interpreter. For instance: #!/bin/sh");
        if (text.Contains("\r\n", StringComparison.Ordinal))
            throw diagnostics.Stop(new(1), $"Batch script contains DOS line breaks (\\r\\n) instead of expected UNIX line breaks (\\n). Mend it with: sed -i 's/\\r$//' {fileName}");
        return new SbatchReader(diagnostics, context).Read(text, fileName, arguments).With(context.Flags, context);
    }
}

internal sealed class SbatchReader(Diagnostics diagnostics, DialectContext context)
{
    private readonly SbatchJob job = new(diagnostics);

    internal Draft Read(string script, string fileName, IReadOnlyList<string> arguments)
    {
        foreach (var line in SbatchLines.Read(script, diagnostics))
        {
            if (line.Own) ReadOwn(line);
            else ReadDirective(line);
        }
        SettleChdir();
        SettleExport();
        var request = job.Settle();
        request = request with
        {
            Name = request.Name ?? Names.FromFile(fileName),
            Program = request.Program with { Script = script, Arguments = arguments },
        };
        diagnostics.Check(request);
        diagnostics.ThrowIfAny();
        return new(request, job.Workdir, new Dictionary<string, string>(), diagnostics.Warnings);
    }

    private void ReadDirective(SbatchLine line)
    {
        var words = new Queue<string>(line.Words);
        while (words.TryDequeue(out var word))
        {
            if (word is "hetjob" or "packjob")
                diagnostics.Error(new(line.Number), "heterogeneous jobs aren't supported: hand in one workload for each part");
            else if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
                ReadLong(word[2..], words, new(line.Number));
            else if (word.Length > 1 && word[0] == '-')
                ReadShort(word[1..], words, new(line.Number));
            else
                diagnostics.Error(new(line.Number), $"Invalid directive found in batch script: {Names.Show(word)}");
        }
    }

    private void ReadLong(string text, Queue<string> rest, Place place)
    {
        var cut = text.IndexOf('=');
        var (name, value) = cut < 0 ? (text, null) : (text[..cut], text[(cut + 1)..]);
        if (SbatchOptions.OfName(name) is { } option)
        {
            if (option.Value == SbatchValue.Required && value is null && !rest.TryDequeue(out value))
                diagnostics.Error(place, $"--{option.Name} expects a value, such as --{option.Name}=…");
            else if (option.Value == SbatchValue.None && value is not null)
                diagnostics.Error(place, $"--{option.Name} takes no value");
            else
                Apply(option, value ?? "", place);
            return;
        }
        Unknown($"--{name}", SbatchOptions.All.Select(o => $"--{o.Name}"), place);
        if (value is null) SkipValue(rest);
    }

    /// <summary>Letters may be bundled, and the last one's value may follow at once: -Hn3.</summary>
    private void ReadShort(string letters, Queue<string> rest, Place place)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            if (SbatchOptions.OfLetter(letters[i]) is not { } option)
            {
                Unknown($"-{letters[i]}", [], place);
                SkipValue(rest);
                return;
            }
            var value = letters[(i + 1)..];
            if (option.Value == SbatchValue.None)
                Apply(option, "", place);
            else if (option.Value == SbatchValue.Required && value.Length == 0 && !rest.TryDequeue(out value))
                diagnostics.Error(place, $"-{option.Short} expects a value");
            else
                Apply(option, value, place);
            if (option.Value != SbatchValue.None) return;
        }
    }

    private void Apply(SbatchOption option, string value, Place place)
    {
        foreach (var field in FieldsOf(option.Name)) diagnostics.Locate(field, place);
        diagnostics.Read(place, $"--{option.Name}", false, () =>
        {
            option.Apply(job, value, w => diagnostics.Warn(place, w));
            return true;
        });
        job.Seen(option.Name, place);
        if (option.Name == "nodes" && value.Contains('-'))
            diagnostics.Warn(place, $"--nodes={value}: the least, {job.Nodes}, is asked for");
    }

    private static string[] FieldsOf(string option) => option switch
    {
        "job-name" => ["name"],
        "time" => ["time_limit_seconds"],
        "array" => ["array"],
        "dependency" => ["dependencies"],
        "export" => ["batch.export", "envs"],
        _ => [$"batch.{option.Replace('-', '_')}"],
    };

    /// <summary>sbatch refuses what it doesn't know; a newer Slurm than this table may know it, so the site decides.</summary>
    private void Unknown(string option, IEnumerable<string> known, Place place) =>
        diagnostics.Warn(place, $"the option {Names.Show(option)} is unknown here{NearestWord.Hint(option, known)}: it stays in the script, for Slurm sites to judge");

    private static void SkipValue(Queue<string> rest)
    {
        while (rest.TryPeek(out var next) && !next.StartsWith('-')) rest.Dequeue();
    }

    private void ReadOwn(SbatchLine line)
    {
        var place = new Place(line.Number);
        foreach (var word in line.Words)
        {
            var cut = word.IndexOf('=');
            var key = (cut < 0 ? word : word[..cut]).TrimStart('-').Replace('-', '_');
            var value = cut < 0 ? "" : word[(cut + 1)..];
            if (value.Length == 0)
                diagnostics.Error(place, $"#YUNHE: {Names.Show(word)} isn't of the form key=value");
            else if (key == "workdir")
                job.Workdir = value;
            else if (key is "env" or "envs")
                job.Request = job.Request with { Envs = Variables(job.Request.Envs, [value], place) };
            else if (key is "secret" or "secrets")
                job.Request = job.Request with { Secrets = Variables(job.Request.Secrets, value.Split(','), place) };
            else if (OwnKeys.All.TryGetValue(key, out var own))
            {
                diagnostics.Locate(own.Field, place);
                var ownContext = new OwnKeyContext(context.Now, w => diagnostics.Warn(place, w));
                job.Request = diagnostics.Read(place, key, job.Request, () => own.Set(job.Request, value.Split(','), ownContext));
            }
            else
                diagnostics.Error(place, $"#YUNHE: {Names.Show(key)} isn't a key{NearestWord.Hint(key, [.. OwnKeys.All.Keys, "workdir", "env", "secrets"])}");
        }
    }

    /// <summary>NAME=value, or NAME to take the value from the user's environment.</summary>
    private Dictionary<string, string> Variables(IReadOnlyDictionary<string, string> variables, IEnumerable<string> given, Place place)
    {
        var all = variables.ToDictionary(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var cut = text.IndexOf('=');
            var name = cut < 0 ? text : text[..cut];
            if (cut >= 0) all[name] = text[(cut + 1)..];
            else if (context.Environment.TryGetValue(name, out var value)) all[name] = value;
            else diagnostics.Error(place, $"#YUNHE: {Names.Show(name)} isn't set in your environment: export it first");
        }
        return all;
    }

    private void SettleChdir()
    {
        if (job.Batch.Chdir?.StartsWith('/') != true) return;
        var place = job.PlaceOf("chdir") ?? default;
        var folder = context.Flags.Workdir ?? job.Workdir;
        if (folder is null)
            diagnostics.Error(place, $"--chdir={job.Batch.Chdir}: sites don't have this folder. Upload it with --workdir {job.Batch.Chdir} (or '#YUNHE workdir={job.Batch.Chdir}'), and it is where the script runs");
        else
            diagnostics.Warn(place, $"--chdir={job.Batch.Chdir}: the script runs in the uploaded folder {Names.Show(folder)} instead");
        job.Batch = job.Batch with { Chdir = null };
    }

    /// <summary>Variables that --export names travel with the workload; ALL is not the user's whole environment, which stays at home.</summary>
    private void SettleExport()
    {
        if (job.Batch.Export is not { } export) return;
        var place = job.PlaceOf("export") ?? default;
        var envs = job.Request.Envs.ToDictionary(StringComparer.Ordinal);
        foreach (var part in export.Split(',', StringSplitOptions.RemoveEmptyEntries).Where(p => p is not ("ALL" or "NONE" or "NIL")))
        {
            var cut = part.IndexOf('=');
            if (cut >= 0) envs[part[..cut]] = part[(cut + 1)..];
            else if (context.Environment.TryGetValue(part, out var value)) envs[part] = value;
            else diagnostics.Warn(place, $"--export: {Names.Show(part)} isn't set in your environment, so it isn't passed on");
        }
        job.Request = job.Request with { Envs = envs };
    }
}
