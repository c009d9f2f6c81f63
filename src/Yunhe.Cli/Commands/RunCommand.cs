using System.CommandLine;
using Yunhe.Cli.Following;
using Yunhe.Cli.Tasks;

namespace Yunhe.Cli.Commands;

internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var task = new TaskOptions();
        var quote = SubmitCommand.QuoteOption();
        var command = new Described("run", "Hands in a workload and follows it; exits with the job's own exit code. Ctrl-C lets go, the job goes on",
            "yunhe run train.yaml",
            "yunhe run --gpus A100:2 train.sbatch --epochs 10",
            "yunhe run --cpus 2 --optimize carbon -- python3 -c 'print(6 * 7)'",
            "yunhe run --quote q3 train.yaml");
        task.AddTo(command);
        command.Add(quote);
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var submitted = await SubmitCommand.HandInAsync(context, parsed, task, client, parsed.GetValue(quote), cancel);
            return await new Follower(client, context, parsed).FollowAsync(submitted.Id, cancel);
        });
        return command;
    }
}
