using System.CommandLine;
using Yunhe.Cli.Tasks;

namespace Yunhe.Cli.Commands;

internal static class QuoteCommand
{
    public static Command Create(CommandContext context)
    {
        var task = new TaskOptions();
        var command = new Described("quote", "What a workload would get at each site: when, how long, for how much money, energy and carbon",
            "yunhe quote train.yaml",
            "yunhe quote --gpus A100:8 --estimate 2h --optimize cost train.sbatch",
            "yunhe run --quote $(yunhe quote train.yaml --output json | jq -r .id) train.yaml");
        task.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var draft = task.Read(parsed, context);
            context.Warn(draft.Warnings);
            var client = context.Client(parsed);
            var quote = await client.QuoteAsync(await Uploads.SendAsync(client, draft, context.Shell, cancel), cancel);
            context.Warn(quote.Warnings.Except(draft.Warnings));
            if (context.Json(parsed))
            {
                context.Show(parsed, quote, () => { });
                return quote.Best is null ? ExitCodes.Refused : ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            if (quote.Candidates.Count > 0) Candidates.Write(context, quote.Candidates, currency);
            var err = context.Shell.Err;
            if (quote.Omitted > 0) await err.WriteLineAsync($"… and {quote.Omitted} more sites");
            if (quote.Best is null)
            {
                await err.WriteLineAsync(quote.Candidates.Count > 0
                    ? "error: no site can run it as it is asked for"
                    : "error: no site is attached; attach one: yunhe site add");
                return ExitCodes.Refused;
            }

            await err.WriteLineAsync(
                $"quote {quote.Id}, best at {quote.Best} by {Format.Word(quote.Optimize)}; prices hold until {Format.Time(quote.ValidUntil)}");
            return ExitCodes.Success;
        });
        return command;
    }
}
