using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Work;

/// <summary>The benchmark that "yunhe site measure" runs as a job on each node.</summary>
internal static class MeasureWork
{
    public const string FilePrefix = "measure-";

    private const int TriadElements = 1 << 24;
    private const int NetworkBlocks = 256;

    /// <param name="order">Rows and columns of the matrices.</param>
    /// <param name="seconds">For each data type and for the memory.</param>
    /// <param name="diskMebibytes">0: the disk is left alone.</param>
    /// <param name="accelerators">A user's own benchmark; null: none.</param>
    public static async Task<int> RunAsync(Shell shell, int order, int seconds, int threads, int diskMebibytes, string? accelerators, CancellationToken cancel)
    {
        var (place, atLeast) = (RingPlace.Of(shell), TimeSpan.FromSeconds(seconds));
        var fp64 = MatrixProduct<double, FusedDouble>.Measure(order, atLeast, threads, shell.Time);
        var fp32 = MatrixProduct<float, FusedSingle>.Measure(order, atLeast, threads, shell.Time);
        shell.Out.WriteLine($"rank {place.Rank} of {place.Nodes.Count}, {threads} threads: FP64 {fp64.Gflops:0.0} GFLOPS, FP32 {fp32.Gflops:0.0} GFLOPS, {(fp64.Correct && fp32.Correct ? "products checked" : "PRODUCTS WRONG")}");
        if (!fp64.Correct || !fp32.Correct) return ExitCodes.Failed;
        var memory = MemoryTriad.Measure(TriadElements, atLeast, threads, shell.Time);
        var disk = diskMebibytes > 0 ? DiskProbe.Measure(Environment.CurrentDirectory, diskMebibytes, shell.Time) : null;
        var network = await NetworkProbe.IsWorthItAsync(place, cancel) ? await NetworkProbe.MeasureAsync(place, NetworkBlocks, shell.Time, cancel) : null;
        shell.Out.WriteLine($"memory {memory:0.0} GB/s (triad); disk {(disk is null ? "not measured" : $"{disk.Write:0} MB/s written through{(disk.Read is { } read ? $", {read:0} MB/s read" : "")}")}; network "
            + (network is null ? "not measured: no other machine" : $"{network.GbitPerSecond:0.00} Gbit/s, {network.RoundTripMicroseconds:0} µs"));
        var cards = accelerators is null ? [] : await AcceleratorBenchmark.RunAsync(accelerators, shell.Out, cancel);
        foreach (var card in cards) shell.Out.WriteLine($"accelerators: {card.Type.ToUpperInvariant()} {card.Gigaflops / 1000:0.0} T a second");
        var measured = new NodeMeasurement
        {
            Cores = threads,
            Processors = [new("fp64", fp64.Gflops), new("fp32", fp32.Gflops)],
            Accelerators = cards,
            MemoryGbPerSecond = memory,
            DiskWriteMbPerSecond = disk?.Write,
            DiskReadMbPerSecond = disk?.Read,
            NetworkGbitPerSecond = network?.GbitPerSecond,
            NetworkRoundTripMicroseconds = network?.RoundTripMicroseconds,
        };
        Outputs.Write(shell, $"{FilePrefix}{place.Rank}.json", JsonSerializer.Serialize(measured, Wire.Json));
        return ExitCodes.Success;
    }
}
