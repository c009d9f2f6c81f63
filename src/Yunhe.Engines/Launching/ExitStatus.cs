using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Launching;

/// <summary>How a program's end reads, the same for every engine.</summary>
public readonly record struct ExitStatus(int? ExitCode, int? Signal, FailureReason? Failure)
{
    private const int FirstSignalCode = 129;
    private const int LastSignalCode = 128 + 64;

    /// <summary>
    /// From wait status: <paramref name="code"/>, or <paramref name="signal"/> when it is not 0. A shell passes on that signal n
    /// ended its command as code 128 + n (POSIX.1-2024, XCU 2.8.2), so such a code is read as the signal.
    /// </summary>
    public static ExitStatus Of(int code, int signal = 0) => (code, signal) switch
    {
        (_, > 0) => new(null, signal, FailureReason.Signal),
        (0, _) => new(0, null, null),
        (126 or 127, _) => new(code, null, FailureReason.NotExecutable),
        (>= FirstSignalCode and <= LastSignalCode, _) => new(null, code - 128, FailureReason.Signal),
        _ => new(code, null, FailureReason.ExitCode),
    };
}
