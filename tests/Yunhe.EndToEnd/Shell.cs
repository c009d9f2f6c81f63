using System.Diagnostics;

namespace Yunhe.EndToEnd;

internal static class Repository
{
    public static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }
}

/// <summary>What a user types, with the command that was just built in the place of ./yunhe.</summary>
internal static class Shell
{
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string directory, string home, ServerProcess server, string command)
    {
        var info = new ProcessStartInfo("/bin/bash", ["-c", command.Replace("./yunhe", $"dotnet {ServerProcess.Executable}")])
        {
            WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        info.Environment["YUNHE_SERVER"] = server.Address;
        info.Environment["YUNHE_TOKEN"] = server.Token;
        info.Environment["HOME"] = home;
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
