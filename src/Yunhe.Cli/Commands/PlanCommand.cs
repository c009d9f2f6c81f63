using System.CommandLine;

namespace Yunhe.Cli.Commands;

/// <summary>Plans are computed here; a server is asked only for its network.</summary>
internal static class PlanCommand
{
    public static Command Create(CommandContext context) => new("plan", "What large models need, and where to build next")
    {
        PlanTrainCommand.Create(context),
        PlanServeCommand.Create(context),
        PlanSitesCommand.Create(context),
    };
}
