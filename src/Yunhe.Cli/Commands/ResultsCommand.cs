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
        var checkpoint = new Option<bool>("--checkpoint") { Description = "Fetches the newest copy of the checkpoint folder instead" };
        var command = new Described("results", "Fetches outputs and logs, and prints the paths of what was written",
            "yunhe results w17", "yunhe results w17 -o out", "yunhe results w17 --task 3", "yunhe results w17 --checkpoint -o checkpoints") { id, folder, task, attempt, checkpoint };
        command.SetAction(async (parsed, cancel) =>
        {
            var workload = parsed.GetRequiredValue(id);
            var into = parsed.GetValue(folder) ?? Path.Combine("results", workload);
            var client = context.Client(parsed);
            await using var tar = parsed.GetValue(checkpoint)
                ? await client.CheckpointAsync(workload, parsed.GetValue(task), cancel)
                : await client.ResultsAsync(workload, parsed.GetValue(task), parsed.GetValue(attempt), cancel);
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
