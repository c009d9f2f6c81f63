using System.CommandLine;

namespace Yunhe.Cli.Commands;

internal static class ResultsCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Words.Workload();
        var folder = new Option<string?>("--directory", "-o") { Description = "Where to [default: results/ID]", HelpName = "FOLDER" };
        var task = Words.Task();
        var attempt = Words.Attempt();
        var command = new Described("results", "Fetches outputs and logs, and prints the paths of what was written",
            "yunhe results w17", "yunhe results w17 -o out", "yunhe results w17 --task 3") { id, folder, task, attempt };
        command.SetAction(async (parsed, cancel) =>
        {
            var workload = parsed.GetRequiredValue(id);
            var into = parsed.GetValue(folder) ?? Path.Combine("results", workload);
            await using var tar = await context.Client(parsed).ResultsAsync(workload, parsed.GetValue(task), parsed.GetValue(attempt), cancel);
            var written = await Unpacking.UnpackAsync(tar, into, context.Shell.Err, cancel);
            context.Show(parsed, written, () =>
            {
                foreach (var path in written) context.Shell.Out.WriteLine(path);
            });
            return ExitCodes.Success;
        });
        return command;
    }
}
