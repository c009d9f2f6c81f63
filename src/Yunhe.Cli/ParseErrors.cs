using System.CommandLine;
using System.CommandLine.Parsing;

namespace Yunhe.Cli;

/// <summary>What is wrong with a command line, in the user's words instead of the names of .NET types.</summary>
internal static class ParseErrors
{
    public static IEnumerable<string> Told(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..]
            ? [$"there is no {(word.StartsWith('-') ? "option" : "command")} {word}"]
            : parsed.Errors.Select(Told).Distinct();

    private static string Told(ParseError error) =>
        error.SymbolResult is OptionResult { Option: var option, Tokens: [.., var value] }
            && error.Message.Contains(" as expected type ", StringComparison.Ordinal)
            && Kind(Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is { } kind
            ? $"{option.Name}: '{value.Value}' isn't {kind}"
            : error.Message;

    private static string? Kind(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) || type == typeof(decimal) ? "a number"
        : type == typeof(DateTimeOffset) ? "a time such as 2026-10-01 or 2026-10-01T18:00:00+08:00"
        : null;
}
