using System.Diagnostics;
using System.Text.RegularExpressions;
using Yunhe.Conformance.Slurm;

namespace Yunhe.EndToEnd;

/// <summary>The README's first command, with two real Slurm clusters within its reach.</summary>
public sealed partial class DemoTests(SlurmLab lab)
{
    [Fact]
    public async Task The_demo_runs_real_work_on_three_local_sites_and_two_Slurm_clusters_and_ends_with_a_table()
    {
        var (alpha, beta) = (await lab.AlphaAsync(), await lab.BetaAsync());
        var info = new ProcessStartInfo("dotnet", [ServerProcess.Executable, "demo"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["YUNHE_DEMO_SLURM"] = $"{alpha.Conf}:{beta.Conf}";
        using var process = Process.Start(info)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}\n{await output}\n{await errors}");
        var lines = (await output).Split('\n');
        string Row(string name) => Assert.Single(lines, l => Regex.IsMatch(l, $@"^w\d+ {name} "));
        Assert.Contains("GFLOPS", Row("matmul"), StringComparison.Ordinal);
        Assert.Contains("centres", Row("kmeans"), StringComparison.Ordinal);
        Assert.Contains("pi = 3.14", Row("pi"), StringComparison.Ordinal);
        Assert.Contains("verified", Row("ring"), StringComparison.Ordinal);
        Assert.Matches(@"\s3\s", Row("fails"));
        Assert.Contains("alpha", Row("matmul-alpha"), StringComparison.Ordinal);
        Assert.Contains("beta", Row("matmul-beta"), StringComparison.Ordinal);

        // The README shows what it really prints.
        var shown = Shown().Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"))).Groups[1].Value;
        Assert.Equal(Words(lines.First(l => l.StartsWith("WORKLOAD", StringComparison.Ordinal))), Words(shown.Split('\n').First(l => l.StartsWith("WORKLOAD", StringComparison.Ordinal))));
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("<!-- demo -->(.*?)<!-- /demo -->", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
