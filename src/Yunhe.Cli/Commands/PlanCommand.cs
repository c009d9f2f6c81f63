using System.CommandLine;

namespace Yunhe.Cli.Commands;

/// <summary>Plans are computed here; a server is asked only for its network.</summary>
internal static class PlanCommand
{
    public static Command Create(CommandContext context) => new Described("plan", "What large models need, and where to build next",
        "yunhe plan train --model 70B --tokens 2T --cluster 1024xH100",
        "yunhe plan serve --model llama-3.1-70b --input 1000 --output 300 --rate 5",
        "yunhe plan sites examples/siting-china.yaml")
    {
        PlanTrainCommand.Create(context),
        PlanServeCommand.Create(context),
        PlanSitesCommand.Create(context),
    };
}
