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
        var code = plain.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Described { Examples: { Count: > 0 } examples })
        {
            var to = parseResult.InvocationConfiguration.Output;
            to.WriteLine("Examples:");
            foreach (var example in examples) to.WriteLine($"  {example}");
            to.WriteLine();
        }

        return code;
    }
}
