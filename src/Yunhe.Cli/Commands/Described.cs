using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Yunhe.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class Described(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}

internal sealed class HelpWithExamples(HelpAction plain) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = InvokePlain(parseResult);
        if (parseResult.CommandResult.Command is Described { Examples: { Count: > 0 } examples })
        {
            var to = parseResult.InvocationConfiguration.Output;
            to.WriteLine("Examples:");
            foreach (var example in examples) to.WriteLine($"  {example}");
            to.WriteLine();
        }

        return code;
    }

    /// <summary>An option of the command's own stands for one of the same name that stands everywhere: only its own is shown.</summary>
    private int InvokePlain(ParseResult parseResult)
    {
        var own = parseResult.CommandResult.Command.Options.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        var hidden = parseResult.RootCommandResult.Command.Options.Where(o => o.Recursive && !o.Hidden && own.Contains(o.Name)).ToList();
        if (parseResult.CommandResult.Command == parseResult.RootCommandResult.Command) hidden.Clear();
        foreach (var option in hidden) option.Hidden = true;
        var code = plain.Invoke(parseResult);
        foreach (var option in hidden) option.Hidden = false;
        return code;
    }
}
