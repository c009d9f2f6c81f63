using System.Text;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>The files of one attempt's folder. Those that may hold secrets have mode 0600, the folder 0700.</summary>
internal static class AttemptFiles
{
    public const string Workdir = "workdir";
    public const string Stdout = "stdout";
    public const string Stderr = "stderr";
    public static readonly IReadOnlyList<string> Logs = [Stdout, Stderr];

    /// <summary>The user's batch script, byte for byte.</summary>
    public const string Script = "script";

    /// <summary>The script that is handed to sbatch where it is not the user's.</summary>
    public const string Job = "job.sh";

    /// <summary>The environment that sbatch is told to use, as NUL-ended NAME=value.</summary>
    public const string Environment = "environment";

    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode PrivateFolder = Private | UnixFileMode.UserExecute;

    /// <summary>Writes all files into an existing empty folder.</summary>
    /// <param name="leads">Its folder holds the submission's own files.</param>
    /// <param name="home">Path of the folder where the job runs.</param>
    /// <exception cref="StagingException">The uploads can't be put in place, or the disk is full.</exception>
    public static async Task WriteAsync(
        Launch launch, SlurmSubmission submission, bool leads, EngineContext context, string folder, string home, CancellationToken cancel)
    {
        await Workspace.PrepareAsync(launch.Spec, context.BlobFolder, context.CheckpointOf(launch), Path.Combine(folder, Workdir), cancel).ConfigureAwait(false);
        try
        {
            var program = launch.Spec.Program;
            await WriteAsync(folder, "variables", Pairs(Variables(launch, context.Site.Name, home)), Private, cancel).ConfigureAwait(false);
            if (program.Setup is { } setup) await WriteAsync(folder, "setup", setup, Private, cancel).ConfigureAwait(false);
            if (program.Run is { } run) await WriteAsync(folder, "run", run, Private, cancel).ConfigureAwait(false);
            if (program.Kind == ProgramKind.Command) await WriteAsync(folder, "command", Words(program.Command), Private, cancel).ConfigureAwait(false);
            if (program.Kind == ProgramKind.Batch)
            {
                var directory = launch.Spec.Batch?.Chdir ?? "";
                Directory.CreateDirectory(Workspace.PathIn(Path.Combine(folder, Workdir), directory)!);
                await WriteAsync(folder, Script, program.Script!, PrivateFolder, cancel).ConfigureAwait(false);
                await WriteAsync(folder, "arguments", Words(program.Arguments), Private, cancel).ConfigureAwait(false);
                await WriteAsync(folder, "directory", Words([directory]), Private, cancel).ConfigureAwait(false);
                LinkLogs(launch, folder, home);
            }

            if (!leads) return;
            if (submission.Script != program.Script) await WriteAsync(folder, Job, submission.Script, Private, cancel).ConfigureAwait(false);
            await WriteAsync(folder, Environment, Pairs(submission.Environment), Private, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StagingException($"the attempt's folder could not be written: {e.Message}", e);
        }
    }

    /// <summary>Of a batch script; Slurm's own SLURM_ variables stand there.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> BatchVariables(Launch launch, string site, string folder) =>
    [
        .. ProgramEnvironment.OfAttempt(launch, site).Where(pair => !pair.Key.StartsWith("SLURM_", StringComparison.Ordinal)),
        new("YUNHE_OUTPUT_DIR", $"{folder}/{Workdir}/{ProgramEnvironment.OutputFolder}"),
        .. OwnCheckpoints(launch, folder),
        .. Exported(launch.Spec.Batch?.Export),
    ];

    private static IEnumerable<KeyValuePair<string, string>> OwnCheckpoints(Launch launch, string folder) =>
        ProgramEnvironment.CheckpointFolder(launch.Spec, $"{folder}/{Workdir}") is var (name, value) ? [new(name, value)] : [];

    /// <summary>The output of a batch script also appears where its author expects it, by links that dangle until it begins.</summary>
    private static void LinkLogs(Launch launch, string folder, string home)
    {
        var (output, error) = OutputFiles.Of(launch);
        Link(output, Stdout);
        if (error is not null) Link(error, Stderr);

        void Link(string name, string log)
        {
            var path = Workspace.PathIn(Path.Combine(folder, Workdir), name)!;
            if (Directory.Exists(path)) throw new StagingException($"the output file '{name}' is a folder of the upload: choose another name");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            File.CreateSymbolicLink(path, $"{home}/{log}");
        }
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Variables(Launch launch, string site, string folder) =>
        launch.Spec.Program.Kind == ProgramKind.Batch ? BatchVariables(launch, site, folder)
            : [.. ProgramEnvironment.OfAttempt(launch, site), .. OwnCheckpoints(launch, folder)];

    /// <summary>The NAME=value parts of --export=ALL,NAME=value; bare names would be taken from the user's own shell.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Exported(string? export) =>
        (export ?? "").Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .Select(part => new KeyValuePair<string, string>(part[0].Trim(), part[1]));

    private static string Words(IEnumerable<string> words) => string.Concat(words.Select(word => word + '\0'));

    private static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) => Words(pairs.Select(pair => $"{pair.Key}={pair.Value}"));

    private static async Task WriteAsync(string folder, string name, string text, UnixFileMode mode, CancellationToken cancel)
    {
        var file = new FileStream(Path.Combine(folder, name), new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        });
        await using (file.ConfigureAwait(false)) await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancel).ConfigureAwait(false);
    }
}
