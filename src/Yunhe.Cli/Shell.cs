using System.Collections;
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

    public static Shell OfProcess() => new()
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
