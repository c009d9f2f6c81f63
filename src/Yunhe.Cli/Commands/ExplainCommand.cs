using System.CommandLine;

namespace Yunhe.Cli.Commands;

internal static class ExplainCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Words.Workload();
        var task = Words.Task();
        var command = new Described("explain", "Why a workload is where it is, or why it waits, and why each other site lost",
            "yunhe explain w17", "yunhe explain w17 --task 3 --output json") { id, task };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var why = await client.ExplainAsync(parsed.GetRequiredValue(id), parsed.GetValue(task), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, why, () => { });
                return ExitCodes.Success;
            }

            var to = context.Shell.Out;
            var currency = (await client.ServerAsync(cancel)).Currency;
            await to.WriteLineAsync(why.Summary);
            if (why.Placed is { } placed)
            {
                await to.WriteLineAsync($"\nAs it was placed, {Format.Time(placed.At)}, by {Format.Word(placed.Optimize)}:");
                Candidates.Write(context, placed.Candidates, currency);
            }

            if (why.Now is { } now)
            {
                await to.WriteLineAsync($"\nAs it looks now, {Format.Time(now.At)}:");
                Candidates.Write(context, now.Candidates, currency);
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
