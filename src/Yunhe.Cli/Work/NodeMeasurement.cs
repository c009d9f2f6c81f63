using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Contracts;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Work;

/// <summary>What one node measured: a file of the job's results. Null: not measured.</summary>
internal sealed record NodeMeasurement
{
    public required int Cores { get; init; }

    public required IReadOnlyList<RateView> Processors { get; init; }

    public IReadOnlyList<RateView> Accelerators { get; init; } = [];

    public double? MemoryGbPerSecond { get; init; }

    public double? DiskWriteMbPerSecond { get; init; }

    public double? DiskReadMbPerSecond { get; init; }

    public double? NetworkGbitPerSecond { get; init; }

    public double? NetworkRoundTripMicroseconds { get; init; }

    /// <summary>Means over the nodes of a job.</summary>
    public static MeasurementRequest Mean(string pool, string workload, IReadOnlyList<NodeMeasurement> nodes) => new()
    {
        Pool = pool,
        Workload = workload,
        Nodes = nodes.Count,
        Cores = nodes[0].Cores,
        Processors = Rates(nodes.Select(n => n.Processors)),
        Accelerators = Rates(nodes.Select(n => n.Accelerators)),
        MemoryGbPerSecond = nodes.Average(n => n.MemoryGbPerSecond),
        DiskWriteMbPerSecond = nodes.Average(n => n.DiskWriteMbPerSecond),
        DiskReadMbPerSecond = nodes.Average(n => n.DiskReadMbPerSecond),
        NetworkGbitPerSecond = nodes.Average(n => n.NetworkGbitPerSecond),
        NetworkRoundTripMicroseconds = nodes.Average(n => n.NetworkRoundTripMicroseconds),
    };

    private static List<RateView> Rates(IEnumerable<IReadOnlyList<RateView>> nodes) =>
        [.. nodes.SelectMany(r => r).GroupBy(r => r.Type, StringComparer.Ordinal).Select(g => new RateView(g.Key, g.Average(r => r.Gigaflops)))];
}

/// <summary>A user's own benchmark of a node's accelerators: lines of its output such as "bf16 312.5 TFLOPS" count, others are passed on.</summary>
internal static partial class AcceleratorBenchmark
{
    /// <exception cref="UsageException">It failed, or said nothing that counts.</exception>
    public static async Task<IReadOnlyList<RateView>> RunAsync(string command, TextWriter output, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", command }, RedirectStandardOutput = true })!;
        var rates = new List<RateView>();
        while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
        {
            if (Read(line) is { } rate) rates.Add(rate);
            else await output.WriteLineAsync(line);
        }
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0) throw new UsageException($"the command for accelerators ended with {process.ExitCode}");
        return rates.Count > 0 ? rates : throw new UsageException("the command for accelerators printed no line such as: bf16 312.5 TFLOPS");
    }

    /// <summary>Null: no such line.</summary>
    public static RateView? Read(string line) => Rate().Match(line) is { Success: true } match && RateText.TypeOf(match.Groups[1].Value) is { } type
        && RateText.Parse(match.Groups[2].Value, "", type).Rate is { } rate
        ? new(RateText.Word(type), double.Parse((rate.Petaflops * 1_000_000).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
        : null;

    [GeneratedRegex(@"^\s*([A-Za-z]+[0-9]+)\s+([0-9.eE+]+\s*[GTPE](?:FLOPS|FLOP/s|OPS))\s*$")]
    private static partial Regex Rate();
}
