using System.Collections;
using Microsoft.Win32.SafeHandles;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli;

/// <summary>All that the command takes from and gives to the world around it.</summary>
internal sealed record Shell
{
    /// <summary>Data only.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Prose, progress, warnings.</summary>
    public required TextWriter Err { get; init; }

    /// <summary>Standard output and error as bytes, for logs that need not be text.</summary>
    public required Stream RawOut { get; init; }

    public required Stream RawErr { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrIsTerminal { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Func<Uri, string?, YunheClient> Connect { get; init; } = YunheClient.Connect;

    /// <summary>Value of an environment variable; null where it is not set or empty.</summary>
    public string? Variable(string name) => Environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public string Home => Variable("HOME") ?? System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);

    public static Shell OfProcess() => Pipe() is { } pipe
        ? OfConsole() with { Out = new StreamWriter(pipe) { AutoFlush = true }, RawOut = pipe }
        : OfConsole();

    /// <summary>
    /// Standard output where it is a pipe, null elsewhere. The console's own stream hides that nobody reads any more, so that
    /// "yunhe watch | head" would go on for ever; this one throws.
    /// </summary>
    private static FileStream? Pipe()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected || new FileInfo("/dev/stdout") is not { Exists: true }) return null;
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? null : stream;
    }

    private static Shell OfConsole() => new()
    {
        Out = Console.Out,
        Err = Console.Error,
        RawOut = Console.OpenStandardOutput(),
        RawErr = Console.OpenStandardError(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal),
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrIsTerminal = !Console.IsErrorRedirected,
    };
}
