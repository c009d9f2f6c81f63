using System.CommandLine;
using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Commands;

internal static class WatchCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Words.Optional("ID", "ID of a workload [default: the whole network]");
        var after = new Option<long?>("--after") { Description = "Begins behind this version; 0: with the oldest kept", HelpName = "VERSION" };
        var command = new Described("watch", "Changes as they happen, one a line; of one workload until it has ended",
            "yunhe watch", "yunhe watch w17 --after 0", "yunhe watch --output json | jq -r .kind") { id, after };
        command.SetAction(async (parsed, cancel) =>
        {
            var to = context.Shell.Out;
            await foreach (var change in context.Client(parsed).WatchAsync(parsed.GetValue(id), parsed.GetValue(after), cancel))
            {
                await to.WriteLineAsync(context.Json(parsed) ? JsonSerializer.Serialize(change, Wire.Json) : Line(change));
                await to.FlushAsync(cancel);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static string Line(ChangeView c)
    {
        var words = new[] { Format.Time(c.At), c.Kind, c.Attempt ?? c.Task ?? c.Workload, c.Phase is { } p ? Format.Word(p) : null, c.Site, c.Detail };
        return string.Join("  ", words.Where(w => !string.IsNullOrEmpty(w)));
    }
}
