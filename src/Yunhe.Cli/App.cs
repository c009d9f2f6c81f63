using System.CommandLine;
using System.CommandLine.Help;
using Yunhe.Cli.Commands;
using Yunhe.Cli.Demo;
using Yunhe.Cli.Tasks;
using Yunhe.Cli.Work;

namespace Yunhe.Cli;

/// <summary>The command line as a whole.</summary>
internal static class App
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Shell shell, CancellationToken cancel)
    {
        var known = Build(new CommandContext(shell, Tail.None));
        var (head, tail) = Tail.Cut(args, word => TakesValue(known, word));
        var root = Build(new CommandContext(shell, tail));
        var parsed = root.Parse(head, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            var command = parsed.CommandResult.Command;
            if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
            {
                // A group of commands alone: its help says more than an error would.
                await root.Parse([.. head, "--help"]).InvokeAsync(new() { Output = shell.Err, Error = shell.Err }, cancel);
                return ExitCodes.Usage;
            }

            foreach (var error in ParseErrors.Told(parsed)) await shell.Err.WriteLineAsync($"error: {error}");
            await shell.Err.WriteLineAsync($"see: {PathOf(command)} --help");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new() { Output = shell.Out, Error = shell.Err, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancel);
        }
        catch (Exception e) when (Failures.IsExpected(e))
        {
            return Failures.Tell(e, shell);
        }
    }

    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("Yunhe carries computing power from where it is plentiful to where it is needed.\nStart: yunhe demo, or yunhe up");
        root.Add(context.Server);
        root.Add(context.Output);
        root.Add(DemoCommand.Create(context));
        root.Add(UpCommand.Create(context));
        root.Add(SiteCommand.Create(context));
        root.Add(QuoteCommand.Create(context));
        root.Add(RunCommand.Create(context));
        root.Add(SubmitCommand.Create(context));
        root.Add(ListCommand.Create(context));
        root.Add(ShowCommand.Create(context));
        root.Add(ExplainCommand.Create(context));
        root.Add(LogsCommand.Create(context));
        root.Add(CancelCommand.Create(context));
        root.Add(ResultsCommand.Create(context));
        root.Add(ProjectCommand.Create(context));
        root.Add(ReservationCommand.Create(context));
        root.Add(UsageCommand.Create(context));
        root.Add(CensusCommand.Create(context));
        root.Add(ReportCommand.Create(context));
        root.Add(WatchCommand.Create(context));
        root.Add(SimulateCommand.Create(context));
        root.Add(PlanCommand.Create(context));
        root.Add(CompletionCommand.Create(context));
        root.Add(VersionCommand.Create(context));
        root.Add(WorkCommand.Create(context));
        var help = root.Options.OfType<HelpOption>().Single();
        foreach (var alias in (string[])["-?", "/?", "/h"]) help.Aliases.Remove(alias);
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Whether the next word is an option's value, for the commands that take a script.</summary>
    private static bool TakesValue(RootCommand root, string word) => root.Options
        .Concat(root.Subcommands.Where(c => c.Name is "run" or "submit" or "quote").SelectMany(c => c.Options))
        .Any(o => o.ValueType != typeof(bool) && o is not (HelpOption or VersionOption) && (o.Name == word || o.Aliases.Contains(word)));

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() switch
    {
        null => "yunhe",
        var parent => $"{PathOf(parent)} {command.Name}",
    };
}
