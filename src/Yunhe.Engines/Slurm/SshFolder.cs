using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.FileSystemGlobbing;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// The folder on the far side of ssh: constant shell scripts there, which take names from stdin; files travel as a tar.
/// </summary>
/// <param name="temporary">Where inputs and outputs are put together on this machine.</param>
internal sealed class SshFolder(CommandRunner runner, string root, string temporary) : ISlurmFolder
{
    // Above what any sensible upload takes; without a limit a dead link would hold it for ever.
    private static readonly TimeSpan TransferTimeout = TimeSpan.FromHours(2);

    private const string Claim = """umask 077; mkdir -p "$1" && cd "$1" || exit 1; while read -r a; do mkdir "$a" 2>/dev/null && echo "$a"; done; exit 0""";

    private const string Unpack = """umask 077; cd "$1" && exec tar -xpf - --no-same-owner""";

    private const string Traces = """
        cd "$1" 2>/dev/null || exit 0
        has() { if [ -e "$1" ]; then printf '|1'; else printf '|'; fi; }
        text() { line=; [ ! -e "$1" ] || read -r line <"$1"; printf '|%s' "$line"; }
        while read -r a; do
            [ -d "$a" ] || continue
            printf '%s' "$a"
            has "$a/stdout"; has "$a/cancelled"; has "$a/cancel-accepted"
            text "$a/job"; text "$a/started"; text "$a/exit"
            echo
        done
        """;

    private const string Note = """umask 077; cd "$1" || exit 0; while read -r a; do [ ! -d "$a" ] || printf '%s' "$3" >"$a/$2"; done""";

    private const string Read = """[ ! -e "$1" ] || tail -c "+$2" "$1" | head -c "$3" """;

    private const string List = """cd "$1" || exit 0; exec find . \( -type f -o -type l ! -xtype l \) -printf '%P\0%l\0'""";

    // 1: a file changed while it was read, as logs do.
    private const string Pack = """cd "$1" || exit 1; tar "$2" -cf - --null --no-recursion --verbatim-files-from -T -; [ $? -le 1 ]""";

    // Each part of the way on a line of stdin; "link" where one is a link, and a word more than files have where one can't be read.
    private const string Stamps = """
        cd "$1" 2>/dev/null || exit 0
        while read -r part; do
            [ ! -L "$part" ] || { printf 'link'; exit 0; }
            cd "./$part" 2>/dev/null || exit 0
        done
        find . -type f -printf '%P\0%s\0%T@\0' 2>/dev/null || printf 'unreadable'
        """;

    private const string Delete = """cd "$1" 2>/dev/null || exit 0; while read -r a; do chmod -R u+rwX "$a" 2>/dev/null; rm -rf "./$a"; done""";

    public string Root => root;

    public async Task<IReadOnlySet<AttemptId>> ClaimAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel)
    {
        var made = await ShellAsync(Claim, [root], Lines(attempts), cancel).ConfigureAwait(false);
        return made.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => AttemptId.Parse(line)).ToHashSet();
    }

    public async Task PutAsync(SlurmSubmission submission, Func<Launch, string, CancellationToken, Task> write, CancellationToken cancel)
    {
        await InTemporaryAsync(async folder =>
        {
            foreach (var launch in submission.Launches)
            {
                var own = Directory.CreateDirectory(Path.Combine(folder, launch.Attempt.ToString()), AttemptFiles.PrivateFolder).FullName;
                await write(launch, own, cancel).ConfigureAwait(false);
            }

            var result = await runner.RunAsync(
                Shell(Unpack, [root]), cancel, (stdin, stop) => TarFile.CreateFromDirectoryAsync(folder, stdin, includeBaseDirectory: false, stop),
                timeout: TransferTimeout).ConfigureAwait(false);
            if (result.ExitCode is null or CommandRunner.SshFailed) throw CommandRunner.Unavailable("ssh", result);
            if (result.ExitCode != 0) throw new StagingException($"the inputs could not be put in place: {result.Stderr}");
        }).ConfigureAwait(false);
    }

    public async Task<IReadOnlyDictionary<AttemptId, AttemptTrace>> TracesAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel)
    {
        var lines = await ShellAsync(Traces, [root], Lines(attempts), cancel).ConfigureAwait(false);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|')).Where(cells => cells.Length == 7)
            .ToDictionary(
                cells => AttemptId.Parse(cells[0]),
                cells => AttemptTrace.Read(cells[1].Length > 0, cells[2].Length > 0, cells[3].Length > 0, cells[4], cells[5], cells[6]));
    }

    public Task NoteAsync(IReadOnlyCollection<AttemptId> attempts, string name, string text, CancellationToken cancel) =>
        ShellAsync(Note, [root, name, text], Lines(attempts), cancel);

    public async Task<byte[]> ReadAsync(AttemptId attempt, string name, long offset, int maxBytes, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        await runner.AskAsync(
            Shell(Read, [$"{root}/{attempt}/{name}", $"{offset + 1}", $"{maxBytes}"]), cancel,
            read: (stdout, stop) => stdout.CopyToAsync(bytes, stop)).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>Only what matches travels. Links by way of ".." are left out, also where they would lead back in.</summary>
    public Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel)
    {
        var workdir = $"{root}/{attempt}/{AttemptFiles.Workdir}";
        return InTemporaryAsync(async folder =>
        {
            var there = Files(await ShellAsync(List, [workdir], _ => Task.CompletedTask, cancel).ConfigureAwait(false));
            var logs = LinksToLogs(there, attempt);
            var unpacked = Directory.CreateDirectory(Path.Combine(folder, "unpacked"), AttemptFiles.PrivateFolder).FullName;
            await FetchAsync(workdir, Wanted(there, globs), "--no-recursion", folder, unpacked, cancel).ConfigureAwait(false);
            if (logs.Count > 0) await FetchAsync(workdir, logs, "--dereference", folder, unpacked, cancel).ConfigureAwait(false);
            await Workspace.CollectAsync(unpacked, [.. globs, .. logs], tar, cancel).ConfigureAwait(false);
        });
    }

    /// <summary>Files of a far folder, by their paths in it, into one of this machine.</summary>
    private async Task FetchAsync(string from, IEnumerable<string> files, string option, string temporary, string to, CancellationToken cancel)
    {
        var packed = Path.Combine(temporary, "packed.tar");
        var result = await runner.RunAsync(
            Shell(Pack, [from, option]), cancel,
            async (stdin, stop) => await stdin.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(files.Select(file => file + '\0'))), stop).ConfigureAwait(false),
            async (stdout, stop) =>
            {
                var file = File.Create(packed);
                await using (file.ConfigureAwait(false)) await stdout.CopyToAsync(file, stop).ConfigureAwait(false);
            },
            TransferTimeout).ConfigureAwait(false);
        if (result.ExitCode is null or CommandRunner.SshFailed) throw CommandRunner.Unavailable("ssh", result);
        // The far tar can't read a file: asking again for ever would not help.
        if (result.ExitCode != 0) throw new IOException($"files could not be fetched: {result.Stderr}");
        await Workspace.UnpackAsync(packed, to, cancel).ConfigureAwait(false);
    }

    public async Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel)
    {
        var parts = string.Concat(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(part => part + '\n'));
        var list = await ShellAsync(
            Stamps, [$"{root}/{attempt}/{AttemptFiles.Workdir}"], stdin => stdin.WriteAsync(Encoding.UTF8.GetBytes(parts), cancel).AsTask(), cancel).ConfigureAwait(false);
        if (list == "link") return new([], CheckpointFolder.LeadsElsewhere);
        if (!list.EndsWith('\0') && list.Length > 0) return new([], CheckpointFolder.Unreadable);
        var cells = list.Split('\0');
        return FolderListing.Of([.. Enumerable.Range(0, cells.Length / 3).Select(i => new FileStamp(
            cells[3 * i], long.Parse(cells[3 * i + 1], CultureInfo.InvariantCulture), decimal.Parse(cells[3 * i + 2], CultureInfo.InvariantCulture)))]);
    }

    /// <summary>By way of this machine, where all that comes is held against the list.</summary>
    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel) =>
        InTemporaryAsync(async folder =>
        {
            var unpacked = Directory.CreateDirectory(Path.Combine(folder, "unpacked"), AttemptFiles.PrivateFolder).FullName;
            try
            {
                await FetchAsync($"{root}/{attempt}/{AttemptFiles.Workdir}/{path}", files.Select(file => file.Path), "--no-recursion", folder, unpacked, cancel)
                    .ConfigureAwait(false);
            }
            catch (StagingException e)
            {
                throw new IOException(e.Message, e);
            }

            await CheckpointFolder.PackAsync(unpacked, "", files, tar, cancel).ConfigureAwait(false);
        });

    public Task DeleteAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) =>
        ShellAsync(Delete, [root], Lines(attempts), cancel, TransferTimeout);

    /// <summary>The far find's list: each file's path, and where it leads if it is a link.</summary>
    private static Dictionary<string, string> Files(string list)
    {
        var cells = list.Split('\0');
        return Enumerable.Range(0, cells.Length / 2).ToDictionary(i => cells[2 * i], i => cells[(2 * i) + 1], StringComparer.Ordinal);
    }

    private List<string> LinksToLogs(Dictionary<string, string> there, AttemptId attempt) =>
        [.. there.Where(file => AttemptFiles.Logs.Any(log => file.Value == $"{root}/{attempt}/{log}")).Select(file => file.Key).Order(StringComparer.Ordinal)];

    /// <summary>Matching files, and the files that matching links lead to.</summary>
    private static SortedSet<string> Wanted(Dictionary<string, string> there, IReadOnlyList<string> globs)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(globs);
        matcher.AddInclude(ProgramEnvironment.OutputFolder + "/**");
        var wanted = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (path, target) in there)
        {
            if (!matcher.Match(path).HasMatches) continue;
            if (target.Length > 0)
            {
                if (Workspace.PathIn("/", target) is null) continue;
                wanted.Add(Path.Combine(Path.GetDirectoryName(path)!, target));
            }

            wanted.Add(path);
        }

        // A target that is no file would make tar fail.
        wanted.IntersectWith(there.Keys);
        return wanted;
    }

    private async Task InTemporaryAsync(Func<string, Task> work)
    {
        Directory.CreateDirectory(temporary, AttemptFiles.PrivateFolder);
        var folder = Path.Combine(temporary, Path.GetRandomFileName());
        Directory.CreateDirectory(folder, AttemptFiles.PrivateFolder);
        try
        {
            await work(folder).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<string> ShellAsync(
        string script, string[] arguments, Func<Stream, Task> write, CancellationToken cancel, TimeSpan? timeout = null) =>
        runner.AskAsync(Shell(script, arguments), cancel, (stdin, _) => write(stdin), timeout: timeout);

    private static string[] Shell(string script, string[] arguments) => ["sh", "-c", script, "yunhe", .. arguments];

    private static Func<Stream, Task> Lines(IReadOnlyCollection<AttemptId> attempts) =>
        stdin => stdin.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(attempts.Select(attempt => $"{attempt}\n")))).AsTask();
}
