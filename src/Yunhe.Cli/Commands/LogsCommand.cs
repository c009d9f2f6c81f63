using System.CommandLine;
using Yunhe.Cli.Following;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Commands;

internal static class LogsCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Words.Workload();
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on until the job ends, and exits with its exit code" };
        var stderr = new Option<bool>("--stderr") { Description = "The job's standard error instead of its standard output" };
        var task = Words.Task();
        var attempt = Words.Attempt();
        var command = new Described("logs", "What a job wrote",
            "yunhe logs w17", "yunhe logs -f w17", "yunhe logs --stderr --task 3 w17 > errors.txt") { id, follow, stderr, task, attempt };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var workload = parsed.GetRequiredValue(id);
            if (parsed.GetValue(follow) && !parsed.GetValue(stderr) && parsed.GetValue(task) is null && parsed.GetValue(attempt) is null)
                return await new Follower(client, context, parsed).FollowAsync(workload, cancel);
            if (parsed.GetValue(task) is null && await client.WorkloadAsync(workload, cancel) is { Tasks: > 1 and var tasks })
                await context.Shell.Err.WriteLineAsync($"{workload} is an array of {tasks} tasks; this is what the first one wrote, --task N has another's");
            var stream = parsed.GetValue(stderr) ? LogWord.Stderr : LogWord.Stdout;
            var source = new LogSource(workload, parsed.GetValue(task), parsed.GetValue(attempt), stream);
            await client.CopyLogAsync(source, 0, parsed.GetValue(follow), context.Shell.RawOut, cancel);
            return ExitCodes.Success;
        });
        return command;
    }
}
