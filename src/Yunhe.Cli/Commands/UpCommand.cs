using System.CommandLine;
using Yunhe.Server;

namespace Yunhe.Cli.Commands;

internal static class UpCommand
{
    public static Command Create(CommandContext context)
    {
        var data = new Option<string?>("--data") { Description = "Where everything is kept [default: ~/.local/share/yunhe]", HelpName = "FOLDER" };
        var port = new Option<int>("--port") { Description = "On 127.0.0.1; 0 takes a free one", HelpName = "PORT", DefaultValueFactory = _ => Settings.DefaultPort };
        port.Within(0, 65_535);
        var urls = new Option<string[]>("--urls") { Description = "Addresses to listen at, instead of --port; may be repeated", HelpName = "URL" };
        var remote = new Option<bool>("--allow-remote") { Description = "Admits addresses that other machines can reach; put TLS in front of them" };
        var keep = new Option<int>("--keep-days") { Description = "Ended workloads are kept so long, with their logs and outputs; 0: for ever", HelpName = "DAYS", DefaultValueFactory = _ => 30 };
        keep.Within(0, 36_500);
        var quiet = new Option<bool>("--quiet") { Description = "Says warnings and errors only" };
        var command = new Described("up", "Runs the control plane until Ctrl-C; jobs go on without it",
            "yunhe up", "yunhe up --data /srv/yunhe --port 8080", "yunhe up --urls http://0.0.0.0:7717 --allow-remote") { data, port, urls, remote, keep, quiet };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(data) ?? Settings.DataFolder(context.Shell));
            var options = new ServerOptions
            {
                DataDirectory = folder,
                Urls = parsed.GetValue(urls) is { Length: > 0 } given
                    ? [.. given.SelectMany(u => u.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))]
                    : [$"http://127.0.0.1:{parsed.GetValue(port)}"],
                AllowRemote = parsed.GetValue(remote),
                Retention = parsed.GetValue(keep) is > 0 and var days ? TimeSpan.FromDays(days) : null,
                Verbose = !parsed.GetValue(quiet),
            };
            await RunAsync(options, context.Shell, cancel);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task RunAsync(ServerOptions options, Shell shell, CancellationToken cancel)
    {
        try
        {
            await YunheServer.RunAsync(
                options,
                address =>
                {
                    shell.Err.WriteLine($"Yunhe {YunheServer.Version} at {address.GetLeftPart(UriPartial.Authority)}");
                    shell.Err.WriteLine($"data in {options.DataDirectory}, token in {Path.Combine(options.DataDirectory, Settings.TokenFile)}");
                },
                cancel);
        }
        catch (ServerStartException e)
        {
            throw new UsageException(e.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await shell.Err.WriteLineAsync("stopped before it was up");
        }
    }
}
