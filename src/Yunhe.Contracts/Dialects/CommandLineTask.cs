namespace Yunhe.Contracts.Dialects;

/// <summary>One command with its arguments, as after "yunhe run --"; no shell touches it.</summary>
public static class CommandLineTask
{
    /// <exception cref="DialectException">The command is empty, or a flag of the context is wrong.</exception>
    public static Draft FromCommand(IReadOnlyList<string> argv, DialectContext context)
    {
        if (argv.Count == 0) throw new DialectException([new("command line", "nothing to run: no command stands behind '--'")]);
        var request = new WorkloadRequest
        {
            Name = Names.FromFile(argv[0]),
            Program = new() { Kind = ProgramWord.Command, Command = argv },
        };
        return new Draft(request, null, new Dictionary<string, string>(), []).With(context.Flags, context);
    }
}
