using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Local;

/// <summary>
/// Fills the folder of an attempt with all that its runner reads. What a user wrote goes into files of its own, to be run or
/// taken as data; no text of a user becomes part of a script of ours.
/// </summary>
/// <param name="root">Where the folder will be once it is renamed.</param>
internal sealed class Preparation(Launch launch, Site site, string root, string shimFolder)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>From SIGTERM to SIGKILL after the time limit or the failure of another rank.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly WorkloadSpec spec = launch.Spec;

    private bool IsBatch => spec.Program.Kind == ProgramKind.Batch;

    /// <summary>Ranks that run the program: a batch script runs once, whatever its nodes.</summary>
    private int Ranks => IsBatch ? 1 : spec.Nodes;

    /// <exception cref="StagingException">The inputs could not be put in place.</exception>
    public async Task FillAsync(string folder, EngineContext context, Confinement confinement, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        await Workspace.PrepareAsync(spec, context.BlobFolder, context.CheckpointOf(launch), Path.Combine(folder, "workdir"), cancel).ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "tmp"));
            Write(folder, "stdout", "");
            Write(folder, "stderr", "");
            var logFiles = IsBatch ? LinkLogs(folder) : [];
            WriteProgram(folder);
            WriteList(folder, "env", Variables());
            var addresses = Enumerable.Range(1, spec.Nodes).Select(Address).ToList();
            for (var rank = 0; rank < Ranks; rank++)
                WriteList(folder, $"env.{rank}", Assignments(NodeVariables(rank, addresses)));
            Write(folder, "groups", string.Concat(confinement.Groups.Select(group => group + "\n")));
            WriteList(folder, "job", Settings(confinement));
            var note = new LaunchNote(launch.Pool, launch.Nodes, launch.Requirement.PerNode, logFiles);
            Write(folder, "note", AttemptFolder.Write(note));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StagingException($"the attempt's folder could not be made: {e.Message}", e);
        }
    }

    private IEnumerable<KeyValuePair<string, string>> NodeVariables(int rank, IReadOnlyList<string> addresses)
    {
        var variables = ProgramEnvironment.OfNode(rank, addresses, Path.Combine(root, "workdir"));
        return Devices.Of(launch, site, rank) is { } devices ? [.. variables, devices] : variables;
    }

    /// <summary>Every rank has an address of its own on this machine, so that all of them can listen on one port.</summary>
    private static string Address(int number) => new IPAddress([127, 0, (byte)(number >> 8), (byte)number]).ToString();

    private void WriteProgram(string folder)
    {
        var program = spec.Program;
        switch (program.Kind)
        {
            case ProgramKind.Task:
                if (program.Setup is { } setup) Write(folder, "setup", setup);
                Write(folder, "run", program.Run ?? "");
                break;
            case ProgramKind.Batch:
                Write(folder, "script", Encoding.UTF8.GetBytes(program.Script ?? ""), Private | UnixFileMode.UserExecute);
                WriteList(folder, "arguments", program.Arguments);
                break;
            default:
                WriteList(folder, "command", program.Command);
                break;
        }
    }

    /// <summary>The variables of all ranks, no name twice.</summary>
    private IEnumerable<string> Variables()
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ["USER"] = Environment.UserName,
            ["LOGNAME"] = Environment.UserName,
            ["LANG"] = "C.UTF-8",
            ["TMPDIR"] = Path.Combine(root, "tmp"),
        };
        foreach (var (name, value) in ProgramEnvironment.OfAttempt(launch, site.Name)) pairs[name] = value;
        if (IsBatch)
        {
            foreach (var (name, value) in BatchScript.Variables(launch, site, Path.Combine(root, "workdir"))) pairs[name] = value;
            pairs["YUNHE_STEPS"] = Path.Combine(root, "steps");
            pairs["PATH"] = $"{shimFolder}:{pairs["PATH"]}";
        }
        if (ProgramEnvironment.CheckpointFolder(spec, Path.Combine(root, "workdir")) is var (variable, folder)) pairs[variable] = folder;

        return Assignments(pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    /// <summary>What the runner reads as names and values; times are in hundredths of a second.</summary>
    private IEnumerable<string> Settings(Confinement confinement)
    {
        var limit = spec.TimeLimit is { } time ? Math.Max(1, Hundredths(time)) : 0;
        var signal = IsBatch ? BatchScript.EarlySignal(spec) : null;
        return
        [
            "ranks", Text(Ranks),
            "program", IsBatch ? "script" : spec.Program.Kind == ProgramKind.Command ? "command" : "run",
            "limit", Text(limit),
            "grace", Text(Hundredths(Grace)),
            "signal", signal?.Name ?? "",
            "signal_at", Text(signal is { } early ? Math.Max(0, limit - (early.Seconds * 100)) : -1),
            "signal_script", signal is { ScriptOnly: true } ? "1" : "",
            "stderr", IsBatch && OutputFiles.Of(launch).Error is null ? "stdout" : "stderr",
            "address_space", Text(confinement.AddressSpaceKiB),
            "usage", confinement.UsageFile,
            "peak", confinement.PeakFile,
            "oom", confinement.OomFile,
        ];
    }

    /// <summary>The output of a batch script also appears where its author expects it; hard links, so that it can be brought back as a file.</summary>
    private List<string> LinkLogs(string folder)
    {
        var (output, error) = OutputFiles.Of(launch);
        Link(folder, "stdout", output);
        if (error is null) return [output];
        Link(folder, "stderr", error);
        return [output, error];
    }

    private static void Link(string folder, string log, string name)
    {
        var target = Workspace.PathIn(Path.Combine(folder, "workdir"), name)!;
        if (Directory.Exists(target)) throw new StagingException($"the output file '{name}' is a folder of the upload: choose another name");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Delete(target);
        if (HardLink(Path.Combine(folder, log), target) != 0)
            throw new StagingException($"the output file '{name}' could not be made: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    private static IEnumerable<string> Assignments(IEnumerable<KeyValuePair<string, string>> pairs) =>
        pairs.Select(pair => $"{pair.Key}={pair.Value}");

    /// <summary>Each item ends with a NUL, which none can contain.</summary>
    private static void WriteList(string folder, string name, IEnumerable<string> items) =>
        Write(folder, name, string.Concat(items.Select(item => item + "\0")));

    private static void Write(string folder, string name, string text) => Write(folder, name, Encoding.UTF8.GetBytes(text));

    private static void Write(string folder, string name, byte[] bytes, UnixFileMode mode = Private)
    {
        using var file = new FileStream(
            Path.Combine(folder, name), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
        file.Write(bytes);
    }

    private static long Hundredths(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds / 10);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int HardLink([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
}
