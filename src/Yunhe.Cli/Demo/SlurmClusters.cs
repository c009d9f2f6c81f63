using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Yunhe.Cli.Demo;

/// <param name="Site">Name of the site that it becomes.</param>
/// <param name="Conf">Path of its slurm.conf.</param>
internal sealed record SlurmCluster(string Site, string Conf);

/// <summary>Finds the Slurm clusters that this machine can reach: SLURM_CONF, /etc/slurm, and what YUNHE_DEMO_SLURM names.</summary>
internal static partial class SlurmClusters
{
    private const string Usual = "/etc/slurm/slurm.conf";
    private const int MaxClusters = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<IReadOnlyList<SlurmCluster>> FindAsync(Shell shell, CancellationToken cancel)
    {
        var named = (shell.Variable("YUNHE_DEMO_SLURM") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] own = shell.Variable("SLURM_CONF") is { } conf ? [conf] : File.Exists(Usual) ? [Usual] : [];
        var found = new List<SlurmCluster>();
        foreach (var path in own.Concat(named).Select(Path.GetFullPath).Distinct().Take(MaxClusters))
        {
            if (!File.Exists(path)) await shell.Err.WriteLineAsync($"warning: there is no {path}");
            else if (!await AnswersAsync(path, cancel)) await shell.Err.WriteLineAsync($"the Slurm cluster of {path} doesn't answer: left out");
            else found.Add(new(NameOf(path, found), path));
        }

        return found;
    }

    private static async Task<bool> AnswersAsync(string conf, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("sinfo", ["--noheader", "--format=%n"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = conf;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(Patience);
        try
        {
            using var sinfo = Process.Start(start);
            if (sinfo is null) return false;
            try
            {
                var nodes = await sinfo.StandardOutput.ReadToEndAsync(limited.Token);
                await sinfo.WaitForExitAsync(limited.Token);
                return sinfo.ExitCode == 0 && nodes.Trim().Length > 0;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                sinfo.Kill();
                return false;
            }
        }
        catch (Win32Exception)
        {
            // There is no sinfo here.
            return false;
        }
    }

    private static string NameOf(string conf, List<SlurmCluster> taken)
    {
        var line = File.ReadLines(conf).Select(l => ClusterName().Match(l)).FirstOrDefault(m => m.Success);
        var name = line?.Groups[1].Value.ToLowerInvariant() ?? "slurm";
        return taken.Any(c => c.Site == name) ? $"{name}-{taken.Count + 1}" : name;
    }

    [GeneratedRegex(@"^\s*ClusterName\s*=\s*([A-Za-z0-9_-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ClusterName();
}
