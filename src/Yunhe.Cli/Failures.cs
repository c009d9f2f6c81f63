using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Contracts.Dialects;
using Yunhe.Contracts.Packing;
using Yunhe.Planning;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli;

/// <summary>What went wrong, told to a person: one clear line, then the fields or sites in question; and its exit code.</summary>
internal static class Failures
{
    private const int MaxRows = 30;

    /// <summary>Linux' EPIPE; what .NET gives as the HResult of an IOException.</summary>
    private const int NobodyReads = 32;

    public static bool IsExpected(Exception e) => e is ApiException or ServerUnreachableException or DialectException or PackingException
        or UsageException or PlanException or TraceException or IOException or UnauthorizedAccessException or OperationCanceledException;

    public static int Tell(Exception e, Shell shell)
    {
        switch (e)
        {
            case OperationCanceledException:
                return ExitCodes.Detached;
            case IOException { HResult: NobodyReads }:
                return ExitCodes.Failed;
            case DialectException dialect:
                foreach (var error in dialect.Errors) shell.Err.WriteLine($"error: {error.Where}: {error.Message}");
                return ExitCodes.Usage;
            case PlanException plan:
                shell.Err.WriteLine($"error: {plan.Where}: {plan.Message}");
                return ExitCodes.Usage;
            case UsageException or PackingException or TraceException:
                shell.Err.WriteLine($"error: {e.Message}");
                return ExitCodes.Usage;
            case ServerUnreachableException lost:
                shell.Err.WriteLine($"error: {lost.Message}");
                if (lost.Server.IsLoopback) shell.Err.WriteLine("start one: yunhe up");
                return ExitCodes.Unreachable;
            case ApiException refusal:
                return Tell(refusal, shell);
            default:
                shell.Err.WriteLine($"error: {e.Message}");
                return ExitCodes.Failed;
        }
    }

    private static int Tell(ApiException refusal, Shell shell)
    {
        var problem = refusal.Problem;
        if (problem.Errors is { Count: > 0 } errors)
        {
            foreach (var (field, messages) in errors.Take(MaxRows)) shell.Err.WriteLine($"error: {field}: {string.Join("; ", messages)}");
        }
        else
        {
            // The detail ends with the first few sites; the table below has them all.
            var message = problem.Candidates is { Count: > 0 } ? refusal.Message.Split(": ")[0] : refusal.Message;
            shell.Err.WriteLine($"error: {message}");
        }

        if (problem.Candidates is { Count: > 0 } candidates)
        {
            Tables.Write(shell.Err, shell.ErrIsTerminal, shell.Environment, ["SITE", "EXCLUDED BECAUSE"],
                candidates.Take(MaxRows).Select(c => new[] { c.Site, Format.Text(c.Excluded) }));
            if (candidates.Count > MaxRows) shell.Err.WriteLine($"… and {candidates.Count - MaxRows} more sites");
        }

        if (refusal.Status == 401) shell.Err.WriteLine("give the server's token: YUNHE_TOKEN, or token_file in ~/.config/yunhe/config.yaml");
        return CodeOf(refusal.Status, problem.Errors is { Count: > 0 });
    }

    private static int CodeOf(int status, bool fields) => status switch
    {
        404 or 410 => ExitCodes.NotFound,
        400 or 413 or 415 => ExitCodes.Usage,
        422 when fields => ExitCodes.Usage,
        >= 400 and < 500 => ExitCodes.Refused,
        _ => ExitCodes.Failed,
    };
}
