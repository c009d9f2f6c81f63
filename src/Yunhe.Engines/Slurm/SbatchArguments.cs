using System.Globalization;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// sbatch's options, which win over the script's #SBATCH lines. Empty values clear what the script says and Yunhe has decided
/// otherwise: dependencies and arrays are resolved before a task comes here, and every way to ask for GPUs has become --gres.
/// </summary>
internal static class SbatchArguments
{
    public static IReadOnlyList<string> Of(SlurmSubmission s)
    {
        var options = new List<string>
        {
            "sbatch", "--parsable",
            $"--comment={s.Comment}", $"--job-name={s.Launches[0].Spec.Name}",
            "--dependency=", $"--array={s.Array}",
            $"--chdir={s.Chdir}", $"--output={s.Output}", $"--error={s.Error}", "--open-mode=append", "--input=/dev/null",
            "--export=ALL", $"--export-file={s.EnvironmentPath}",
            Invariant($"--nodes={s.Nodes}"), Invariant($"--ntasks={s.Tasks}"), Invariant($"--cpus-per-task={s.CpusPerTask}"),
            "--gpus=", "--gpus-per-node=", "--gpus-per-task=", "--gpus-per-socket=", $"--gres={(s.Gres.Length > 0 ? s.Gres : "none")}",
        };
        if (s.TasksPerNode is { } perNode) options.Add(Invariant($"--ntasks-per-node={perNode}"));
        options.Add(Invariant($"{Option(s.Memory.Form)}={s.Memory.MiB}M"));
        if (s.LimitMinutes is { } minutes) options.Add(Invariant($"--time={minutes}"));
        if (s.Partition is { } partition) options.Add($"--partition={partition}");
        if (s.Account is { } account) options.Add($"--account={account}");
        if (s.Qos is { } qos) options.Add($"--qos={qos}");
        if (s.Constraint is { } constraint) options.Add($"--constraint={constraint}");
        if (s.Reservation is { } reservation) options.Add($"--reservation={reservation}");
        if (s.Switches is { } switches) options.Add($"--switches={switches}");
        if (s.Exclusive) options.Add("--exclusive");
        if (s.Requeue is { } requeue) options.Add(requeue ? "--requeue" : "--no-requeue");
        if (s.Signal is { } signal) options.Add($"--signal={signal}");
        return [.. options, "--", s.ScriptPath, .. s.Arguments];
    }

    private static string Option(MemoryForm form) => form switch
    {
        MemoryForm.PerCpu => "--mem-per-cpu",
        MemoryForm.PerGpu => "--mem-per-gpu",
        _ => "--mem",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a failed sbatch means for the job: surely not started, refused for good, or perhaps there.</summary>
internal static class SubmitFailure
{
    private static readonly string[] NotReached =
    [
        "Unable to contact slurm controller", "connect failure", "Connection refused", "No route to host", "Could not resolve",
        "Permission denied (", "Host key verification failed", "command not found", "temporarily unable to accept job",
        "Resource temporarily unavailable", "maximum job count", "Slurm controller is in standby mode", "Unable to process configuration file", "munge",
    ];

    // ssh's word for a connection that never came about.
    private static readonly string[] NotConnected = ["ssh: connect to host", "kex_exchange_identification", "Connection timed out during banner"];

    private static readonly string[] AnswerLost =
        ["Socket timed out", "Zero Bytes", "Unexpected message", "Communication connection failure", "receive failure", "Transport"];

    public static SubmitAnswer Read(CommandResult result)
    {
        var words = result.Stderr;
        if (result.ExitCode is null) return SubmitAnswer.Unknown(words);
        if (Has(words, NotReached) || Has(words, NotConnected) || result.ExitCode == CommandRunner.NotFound) return SubmitAnswer.NotStarted(words);
        if (result.ExitCode == CommandRunner.SshFailed || Has(words, AnswerLost)) return SubmitAnswer.Unknown(words);
        return SubmitAnswer.Refused(Plain(words));
    }

    /// <summary>The same for slurmrestd, which passes on the controller's words.</summary>
    public static SubmitAnswer Read(string words) =>
        Has(words, NotReached) ? SubmitAnswer.NotStarted(words) : Has(words, AnswerLost) ? SubmitAnswer.Unknown(words) : SubmitAnswer.Refused(words);

    private static bool Has(string words, string[] phrases) => phrases.Any(phrase => words.Contains(phrase, StringComparison.OrdinalIgnoreCase));

    private static string Plain(string words) =>
        string.Join("; ", words.Split('\n').Select(line =>
            line.Replace("sbatch: error: ", "", StringComparison.Ordinal).Replace("Batch job submission failed: ", "", StringComparison.Ordinal)));
}
