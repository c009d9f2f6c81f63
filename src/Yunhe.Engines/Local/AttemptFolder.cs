using System.Globalization;
using System.Text.Json;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Local;

/// <summary>What the engine must know of an attempt as long as its folder exists.</summary>
/// <param name="LogFiles">Names, in the working directory, of the files that a batch script's output also appears in.</param>
internal sealed record LaunchNote(string Pool, IReadOnlyList<string> Nodes, Resources PerNode, IReadOnlyList<string> LogFiles);

/// <summary>
/// The folder of one attempt. The engine fills it under another name and then renames it, so it is complete once it is there.
/// The runner claims it by creating <c>pid</c>, and its last word is <c>exit</c>.
/// </summary>
internal sealed class AttemptFolder(string path, AttemptId attempt)
{
    private const string PidFile = "pid";
    private const string ExitFile = "exit";
    private const string CancelFile = "cancel";
    private const string NoteFile = "note";

    /// <summary>outcome, code, started, ended, cpu (nanoseconds or empty), memory (bytes or empty).</summary>
    private const int EndLines = 6;

    /// <summary>For how long a runner may take to claim the attempt, and the claim to have content; both are milliseconds' work.</summary>
    private static readonly TimeSpan ClaimTime = TimeSpan.FromSeconds(10);

    public AttemptId Attempt => attempt;

    public string Root => path;

    public string Workdir => Path.Combine(path, "workdir");

    public bool Exists => Directory.Exists(path);

    public string In(string file) => Path.Combine(path, file);

    /// <summary>The engine's name of a job, for people.</summary>
    public static string JobName(int runner) => $"pid {Long(runner)}";

    public LaunchNote ReadNote()
    {
        var bytes = File.ReadAllBytes(In(NoteFile));

        // A power cut can leave empty what had been written.
        return bytes is [] ? new("", [], Resources.None, []) : JsonSerializer.Deserialize<LaunchNote>(bytes)!;
    }

    public static byte[] Write(LaunchNote note) => JsonSerializer.SerializeToUtf8Bytes(note);

    /// <summary>The runner, or null where none has claimed the attempt.</summary>
    public Claim? ReadClaim()
    {
        var file = In(PidFile);
        if (!File.Exists(file)) return null;
        var words = File.ReadAllText(file).Split(' ', StringSplitOptions.TrimEntries);
        return words.Length == 4
            ? new(new(Int(words[0]), Long(words[1]), words[2]), Time(words[3]))
            : new(default, File.GetLastWriteTimeUtc(file));
    }

    /// <summary>No runner has come to claim it.</summary>
    public bool IsOverdue(DateTimeOffset now) => !File.Exists(In(PidFile)) && now - File.GetLastWriteTimeUtc(In(NoteFile)) > ClaimTime;

    /// <summary>Takes the claim before a runner does, so that none ever runs; false: a runner has it.</summary>
    public bool Fence()
    {
        try
        {
            using var file = new FileStream(In(PidFile), FileMode.CreateNew);
            return true;
        }
        catch (IOException) when (File.Exists(In(PidFile)))
        {
            return false;
        }
    }

    public bool HasEnded => ReadEnd() is not null;

    /// <summary>Tells the runner, whenever it looks, that it must stop; the first request counts.</summary>
    public void RequestStop(TimeSpan grace)
    {
        if (!File.Exists(In(CancelFile))) Put(CancelFile, Long((long)Math.Ceiling(grace.TotalSeconds * 100)) + "\n");
    }

    /// <summary>Writes the end of an attempt whose runner could not.</summary>
    public void WriteEnd(string outcome, DateTimeOffset? started, DateTimeOffset now) => Put(
        ExitFile, $"outcome {outcome}\ncode -1\nstarted {Text(started ?? now)}\nended {Text(now)}\ncpu \nmemory \n");

    /// <summary>The attempt as it stands, or null where its runner died without a last word.</summary>
    public AttemptReport? Report(LaunchNote note, DateTimeOffset now)
    {
        var claim = ReadClaim();
        var report = new AttemptReport(attempt, EnginePhase.Pending) { Nodes = note.Nodes };
        if (claim is null && ReadEnd() is null) return report;
        if (claim is { Runner.Id: > 0 })
        {
            report = report with
            {
                Phase = EnginePhase.Running,
                StartedAt = claim.At,
                EngineJob = JobName(claim.Runner.Id),
            };
        }

        // The runner is looked for before its last word: the other way round it could end in between.
        var alive = claim is { Runner.Id: > 0 } ? claim.Runner.IsAlive : claim is not null && now - claim.At < ClaimTime;
        if (ReadEnd() is { } end) return Ended(report, end);
        return alive ? report : null;
    }

    /// <summary>The lines of the runner's last word, by their first word; null: not there, or lost in a power cut.</summary>
    private Dictionary<string, string>? ReadEnd()
    {
        if (!File.Exists(In(ExitFile))) return null;
        var lines = File.ReadLines(In(ExitFile)).Select(line => line.Split(' ', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        return lines.Count == EndLines ? lines : null;
    }

    private AttemptReport Ended(AttemptReport report, Dictionary<string, string> end)
    {
        var code = Int(end["code"]);
        var status = code < 0 ? new ExitStatus(null, null, null) : ExitStatus.Of(code);
        var (failure, detail) = end["outcome"] switch
        {
            "cancelled" => (FailureReason.CancelledByUser, ""),
            "limit" => (FailureReason.TimeLimit, "it ran past its time limit"),
            "oom" => (FailureReason.OutOfMemory, "it used more memory than it was granted"),
            "setup" => (FailureReason.Setup, $"the setup script ended with {code}"),
            "node" => (FailureReason.NodeFailure, "the runner was ended from outside, or the machine was restarted"),
            _ => (status.Failure, ""),
        };
        return report with
        {
            Phase = EnginePhase.Ended,
            StartedAt = Time(end["started"]),
            EndedAt = Time(end["ended"]),
            ExitCode = status.ExitCode,
            Signal = status.Signal,
            Failure = failure,
            Detail = detail,
            CpuSeconds = end["cpu"] is { Length: > 0 } cpu ? Long(cpu) / 1e9 : BashTimes(),
            PeakMemoryMiB = end["memory"] is { Length: > 0 } bytes ? (Long(bytes) + (1 << 20) - 1) >> 20 : null,
        };
    }

    /// <summary>The second line of bash's times: user and system time of children, as in "0m1.250s 0m0.031s".</summary>
    private double? BashTimes()
    {
        if (!File.Exists(In("times")) || File.ReadAllLines(In("times")) is not [_, var children]) return null;
        return children.Split(' ').Sum(time =>
        {
            var parts = time.TrimEnd('s').Split('m');
            return (Long(parts[0]) * 60) + double.Parse(parts[1], CultureInfo.InvariantCulture);
        });
    }

    private void Put(string name, string text)
    {
        File.WriteAllText(In(name + ".put"), text);
        File.Move(In(name + ".put"), In(name), overwrite: true);
    }

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Long(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Seconds since 1970 with six digits behind the point, as bash's EPOCHREALTIME has them.</summary>
    private static DateTimeOffset Time(string text) => DateTimeOffset.UnixEpoch.AddTicks((long)(decimal.Parse(text, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));

    private static string Text(DateTimeOffset time) => ((decimal)(time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond).ToString("F6", CultureInfo.InvariantCulture);
}

/// <summary>Who runs an attempt, and since when. A claim without content has process number 0.</summary>
internal sealed record Claim(HostProcess Runner, DateTimeOffset At);
