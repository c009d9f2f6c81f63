using System.CommandLine;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

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
            var code = ExitCodes.Success;
            foreach (var id in parsed.GetRequiredValue(ids))
            {
                try
                {
                    cancelled.Add(await client.CancelAsync(id, cancel));
                }
                catch (ApiException refusal)
                {
                    code = Failures.Tell(refusal, context.Shell);
                }
            }

            context.Show(parsed, cancelled, () =>
            {
                foreach (var workload in cancelled) context.Shell.Out.WriteLine($"{workload.Id} {(workload.EndedAt is null ? "is being cancelled" : Format.Word(workload.Phase))}");
            });
            return code;
        });
        return command;
    }
}
