using System.CommandLine;
using System.Reflection;

namespace Yunhe.Cli.Commands;

internal static class VersionCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Described("version", "The version of this command; that of a server: yunhe version --of-server",
            "yunhe version", "yunhe version --of-server --output json");
        var remote = new Option<bool>("--of-server") { Description = "Asks the server" };
        command.Add(remote);
        command.SetAction(async (parsed, cancel) =>
        {
            if (!parsed.GetValue(remote))
            {
                context.Show(parsed, new { version = Own }, () => context.Shell.Out.WriteLine(Own));
                return ExitCodes.Success;
            }

            var server = await context.Client(parsed).ServerAsync(cancel);
            context.Show(parsed, server, () => context.Shell.Out.WriteLine($"{server.Version} (network {server.Network})"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Own => typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
