namespace Yunhe.Engines.Local;

/// <summary>The parts of a work folder that all attempts share. Their names begin with a dot, as no attempt's does.</summary>
internal sealed class RunnerScripts(string workFolder)
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string root = Path.GetFullPath(workFolder);

    public string Runner => Path.Combine(root, ".bin", "runner.sh");

    /// <summary>Goes to the front of a batch script's PATH.</summary>
    public string Shims => Path.Combine(root, ".bin", "shims");

    /// <summary>Runners write here when they begin and end, one small file for each attempt.</summary>
    public string Events => Path.Combine(root, ".events");

    public void Write()
    {
        foreach (var folder in new[] { root, Events, Shims }) Directory.CreateDirectory(folder, OwnersAlone);
        Put("runner.sh", Runner);
        Put("srun.sh", Path.Combine(Shims, "srun"));
    }

    /// <summary>Under another name first: a runner of an earlier server may be reading the old text.</summary>
    private static void Put(string resource, string path)
    {
        using var source = typeof(RunnerScripts).Assembly.GetManifestResourceStream($"Yunhe.Engines.Local.{resource}")!;
        var partial = path + ".partial";
        using (var file = new FileStream(partial, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnersAlone }))
            source.CopyTo(file);
        File.Move(partial, path, overwrite: true);
    }
}
