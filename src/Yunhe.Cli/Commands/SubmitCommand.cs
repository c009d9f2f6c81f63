using System.CommandLine;
using Yunhe.Cli.Tasks;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Commands;

internal static class SubmitCommand
{
    public static Command Create(CommandContext context)
    {
        var task = new TaskOptions();
        var quote = QuoteOption();
        var command = new Described("submit", "Hands in a workload and prints its ID",
            "yunhe submit train.yaml",
            "yunhe submit --gpus A100:2 --time 2h train.sbatch --epochs 10",
            "yunhe submit --cpus 4 --memory 8 --site ulanqab -- python3 simulate.py --seed 7",
            "id=$(yunhe submit prepare.sbatch) && yunhe submit --after $id train.sbatch");
        task.AddTo(command);
        command.Add(quote);
        command.SetAction(async (parsed, cancel) =>
        {
            var submitted = await HandInAsync(context, parsed, task, context.Client(parsed), parsed.GetValue(quote), cancel);
            context.Show(parsed, submitted, () => context.Shell.Out.WriteLine(submitted.Id));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Option<string?> QuoteOption() => new("--quote") { Description = "ID of a quote to bind to: the same workload at its price", HelpName = "ID" };

    public static async Task<SubmittedView> HandInAsync(CommandContext context, ParseResult parsed, TaskOptions task, YunheClient client,
        string? quote, CancellationToken cancel)
    {
        var draft = task.Read(parsed, context, quote);
        context.Warn(draft.Warnings);
        var request = await Uploads.SendAsync(client, draft, context.Shell, cancel);
        var submitted = await client.SubmitAsync(request, Guid.NewGuid().ToString("N"), cancel);
        context.Warn(submitted.Warnings.Except(draft.Warnings));
        return submitted;
    }
}
