namespace Yunhe.Cli;

/// <summary>Exit codes of every command; <c>run</c> passes the job's own on. Documented in docs/cli.md.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>It failed, and there is no better code: a job that a signal ended, a full disk, a bug of the server.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a file handed in or the configuration is wrong.</summary>
    public const int Usage = 2;

    public const int Unreachable = 3;

    public const int NotFound = 4;

    /// <summary>The server refused: a conflict, no site can run it, no permission.</summary>
    public const int Refused = 5;

    /// <summary>Ctrl-C; what was handed in goes on.</summary>
    public const int Detached = 130;
}
