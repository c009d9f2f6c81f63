using System.CommandLine;
using Yunhe.Contracts;

namespace Yunhe.Cli.Commands;

internal static class CancelCommand
{
    public static Command Create(CommandContext context)
    {
        var ids = Words.OneOrMore("ID", "IDs of workloads");
        var command = new Described("cancel", "Ends workloads: SIGTERM, then SIGKILL", "yunhe cancel w17", "yunhe cancel w17 w18 w19") { ids };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var cancelled = new List<WorkloadSummary>();
            foreach (var id in parsed.GetRequiredValue(ids)) cancelled.Add(await client.CancelAsync(id, cancel));
            context.Show(parsed, cancelled, () =>
            {
                foreach (var workload in cancelled) context.Shell.Out.WriteLine($"{workload.Id} {(workload.EndedAt is null ? "is being cancelled" : Format.Word(workload.Phase))}");
            });
            return ExitCodes.Success;
        });
        return command;
    }
}
