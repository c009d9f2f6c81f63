using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Contracts;
using Yunhe.Contracts.Dialects;

namespace Yunhe.Cli.Demo;

/// <summary>What came of one workload of the demo.</summary>
/// <param name="Folder">Where its results lie.</param>
internal sealed record DemoResult(WorkloadView Workload, ExplainView Why, string Folder)
{
    /// <summary>Text of all result files of a name, of each task.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. Directory.EnumerateFiles(Folder, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
}

/// <summary>One workload of the demo: a file of examples/, and how to tell whether it went as it should.</summary>
/// <param name="Check">What was computed, for the table; null: wrong or missing.</param>
internal sealed partial record DemoTask(string File, Func<DemoResult, string?> Check)
{
    public string? Site { get; init; }

    public string? Name { get; init; }

    public int ExitCode { get; init; }

    public static IReadOnlyList<DemoTask> All(IReadOnlyList<SlurmCluster> clusters) =>
    [
        new("matmul.yaml", Gflops),
        new("kmeans.yaml", Centres),
        new("pi.sbatch", Pi),
        new("ring.yaml", Sum),
        new("fails.yaml", _ => "as it should") { ExitCode = 3 },
        new("green.yaml", Gflops),
        .. clusters.Select(c => new DemoTask("matmul.yaml", Gflops) { Site = c.Site, Name = $"matmul-{c.Site}" }),
    ];

    /// <param name="after">ID of a workload to wait for; null: none.</param>
    public Draft Read(string executable, string? after, DateTimeOffset now)
    {
        using var resource = typeof(DemoTask).Assembly.GetManifestResourceStream(File)
            ?? throw new InvalidOperationException($"{File} is not built in");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        var flags = new TaskFlags
        {
            Name = Name,
            Sites = Site is null ? [] : [Site],
            Dependencies = after is null ? [] : [$"afterany:{after}"],
            Envs = [$"YUNHE_EXE={executable}"],
        };
        return DialectReader.Read(File, bytes.ToArray(), [], new(now, new Dictionary<string, string>()) { Flags = flags });
    }

    private static string? Gflops(DemoResult result) =>
        result.Texts("*.stdout") is [var text] && text.Contains("check ok", StringComparison.Ordinal) && Measured().Match(text) is { Success: true } match
            ? $"{match.Groups[1].Value} GFLOPS FP64"
            : null;

    private static string? Centres(DemoResult result) =>
        result.Texts("centroids.csv") is [var csv] && csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1 is 8 and var centres
            ? $"{centres} centres"
            : null;

    /// <summary>8 × 20 million points: the standard error is 0.00013.</summary>
    private static string? Pi(DemoResult result)
    {
        var estimates = result.Texts("*.stdout").Select(t => Estimate().Match(t)).Where(m => m.Success)
            .Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        return estimates.Count == 8 && Math.Abs(estimates.Average() - Math.PI) < 0.001 ? $"pi = {estimates.Average():0.00000}" : null;
    }

    private static string? Sum(DemoResult result) =>
        string.Concat(result.Texts("*.stdout")) is var text && Verified().Matches(text) is { Count: > 0 } found ? $"sum {found[0].Groups[1].Value} verified" : null;

    [GeneratedRegex("GFLOPS ([0-9.]+) FP64")]
    private static partial Regex Measured();

    [GeneratedRegex("^pi ([0-9.]+)")]
    private static partial Regex Estimate();

    [GeneratedRegex("sum ([0-9]+) verified")]
    private static partial Regex Verified();
}
