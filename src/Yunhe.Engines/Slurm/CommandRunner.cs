using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Yunhe.Engines.Slurm;

/// <param name="ExitCode">Null: it took too long and was killed.</param>
internal sealed record CommandResult(int? ExitCode, string Stdout, string Stderr);

/// <summary>Runs Slurm's commands here or through the ssh client, each with a time-out at which it is killed.</summary>
internal sealed class CommandRunner : IAsyncDisposable
{
    /// <summary>Exit code of the ssh client for its own failures.</summary>
    public const int SshFailed = 255;

    /// <summary>Exit code of a remote shell that does not find a command.</summary>
    public const int NotFound = 127;

    // A command's words; the rest of a flood is read and dropped.
    private const int MostText = 64 * 1024 * 1024;

    private readonly SlurmSettings settings;
    private readonly DirectoryInfo? control;

    public CommandRunner(SlurmSettings settings)
    {
        this.settings = settings;

        // A socket's path has at most 107 bytes: the temporary folder is short, a data directory may not be.
        control = settings.Ssh is null ? null : Directory.CreateTempSubdirectory("yunhe-ssh-");
    }

    /// <summary>Variables that shape the commands' output: all bits of an array, times in seconds since 1970.</summary>
    private IEnumerable<(string Name, string Value)> Variables
    {
        get
        {
            yield return ("LC_ALL", "C");
            yield return ("SLURM_BITSTR_LEN", "0");
            yield return ("SLURM_TIME_FORMAT", "%s");
            if (settings.Conf is { } conf) yield return ("SLURM_CONF", conf);
        }
    }

    /// <param name="read">Takes stdout as it comes; null: it is returned as text.</param>
    /// <exception cref="EngineUnavailableException">The command (or the ssh client) is not there.</exception>
    public async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, CancellationToken cancel, Func<Stream, CancellationToken, Task>? write = null,
        Func<Stream, CancellationToken, Task>? read = null, TimeSpan? timeout = null)
    {
        using var process = new Process { StartInfo = StartInfo(command) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new EngineUnavailableException($"{process.StartInfo.FileName} can't be run: {e.Message}", e);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout ?? settings.Timeout);
        try
        {
            var stdout = new StringBuilder();
            var stderr = new StringBuilder();
            var output = read is null
                ? ReadTextAsync(process.StandardOutput, stdout, limit.Token)
                : read(process.StandardOutput.BaseStream, limit.Token);
            var errors = ReadTextAsync(process.StandardError, stderr, limit.Token);
            await WriteAsync(process, write, limit.Token).ConfigureAwait(false);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
            return new(process.ExitCode, stdout.ToString(), stderr.ToString().Trim());
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(null, "", $"{command[0]} did not answer within {(timeout ?? settings.Timeout).TotalSeconds} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Like <see cref="RunAsync"/>, where any failure means that the site can't be asked now.</summary>
    public async Task<string> AskAsync(
        IReadOnlyList<string> command, CancellationToken cancel, Func<Stream, CancellationToken, Task>? write = null,
        Func<Stream, CancellationToken, Task>? read = null, TimeSpan? timeout = null)
    {
        var result = await RunAsync(command, cancel, write, read, timeout).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Stdout : throw Unavailable(command[0], result);
    }

    public static EngineUnavailableException Unavailable(string command, CommandResult result) =>
        new($"{command}: {(result.Stderr.Length > 0 ? result.Stderr : $"exit code {result.ExitCode}")}");

    public async ValueTask DisposeAsync()
    {
        if (control is null) return;
        await RunAsync(["true"], CancellationToken.None, timeout: TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        using var exit = Process.Start(new ProcessStartInfo("ssh", [.. SshOptions, "-O", "exit", "--", settings.Ssh!])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        });
        if (exit is not null) await exit.WaitForExitAsync().ConfigureAwait(false);
        control.Delete(recursive: true);
    }

    /// <summary>One word of a POSIX shell's command line, whatever is in it.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private IEnumerable<string> SshOptions =>
    [
        // The first value of an option counts, so the operator's come before these.
        .. settings.SshOptions,
        "-o", "BatchMode=yes", "-o", "ControlMaster=auto", "-o", $"ControlPath={control!.FullName}/%C", "-o", "ControlPersist=60",
        "-o", $"ConnectTimeout={(int)Math.Ceiling(settings.Timeout.TotalSeconds)}",
    ];

    private ProcessStartInfo StartInfo(IReadOnlyList<string> command)
    {
        var start = settings.Ssh is { } destination
            ? new ProcessStartInfo("ssh", [.. SshOptions, "--", destination, Remote(command)])
            : new ProcessStartInfo(command[0], command.Skip(1));
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        if (settings.Ssh is not null) return start;

        // The server's own environment (its tokens) is not the site's business; SBATCH_* of the operator's shell would be options.
        var mine = start.Environment.ToDictionary(StringComparer.Ordinal);
        start.Environment.Clear();
        foreach (var name in LoginVariables)
        {
            if (mine.TryGetValue(name, out var value)) start.Environment[name] = value;
        }

        if (mine.TryGetValue("SLURM_CONF", out var conf)) start.Environment["SLURM_CONF"] = conf;
        foreach (var (name, value) in Variables) start.Environment[name] = value;
        return start;
    }

    /// <summary>Variables of a login that a job keeps.</summary>
    public static readonly IReadOnlyList<string> LoginVariables = ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "USER"];

    private string Remote(IReadOnlyList<string> command) =>
        string.Join(' ', Variables.Select(v => $"{v.Name}={Quote(v.Value)}").Prepend("env").Concat(command.Select(Quote)));

    private static async Task WriteAsync(Process process, Func<Stream, CancellationToken, Task>? write, CancellationToken cancel)
    {
        try
        {
            var stdin = process.StandardInput.BaseStream;
            await using (stdin.ConfigureAwait(false))
            {
                if (write is not null) await write(stdin, cancel).ConfigureAwait(false);
            }
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            // Stdin, a socket in .NET, is shut: it ended before it read everything. Its exit code and words tell why.
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
    }

    private static async Task ReadTextAsync(StreamReader reader, StringBuilder text, CancellationToken cancel)
    {
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancel).ConfigureAwait(false) is var count and > 0)
        {
            if (text.Length < MostText) text.Append(buffer, 0, count);
        }
    }
}
