using System.Globalization;
using Yunhe.Cli.Simulating;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>
/// What a network foretells of a start when a workload is handed in, held against its start, over the second half of a trace: the first only
/// teaches. Those that start at once are not counted. Beside it the plain forecast, without the queue and without calibration, of the same
/// moments of the same run. <c>--network FILE --trace FILE [--pace x]</c>: arrivals so many times as fast.
/// </summary>
internal static class NetworkForecasts
{
    public static IReadOnlyList<Row> Run(Options options)
    {
        var policy = options.Text("--policy") ?? "balanced";
        if (options.Text("--network") is { } network && network != "examples")
        {
            var trace = options.Text("--trace") ?? throw new OptionException("which trace? --trace FILE");
            return [.. Measure(Path.GetFileName(trace), NetworkFile.Read(network), Trace.Open(trace, new(skip: true)), Pace(options, 1), policy, options.Number("--every", 1), options.Number("--limit", int.MaxValue))];
        }
        var hubs = NetworkFile.Read(Path.Combine("examples", "networks", "eight-hubs.yaml"));
        var rows = new List<Row>();
        rows.AddRange(Measure("Philly, eight hubs", hubs, Trace.Open(BatchLogs.File(options, "traces", "philly.csv.gz"), new(skip: true)), Pace(options, 2.5), policy, options.Number("--every", 1), options.Number("--limit", int.MaxValue)));
        foreach (var (name, file) in new[] { ("KTH-SP2", "kth/KTH-SP2_filtered.swf.gz"), ("HPC2N", "swf/HPC2N-2002-2.2-cln.swf.gz"), ("Lublin-1", "swf/lublin-1.swf.gz") })
        {
            var (jobs, processors) = BatchLogs.Read(BatchLogs.File(options, file.Split('/')), options);
            rows.AddRange(Measure(name, OneSite(processors), jobs, 1, policy, options.Number("--every", 1), options.Number("--limit", 30_000)));
        }
        return rows;
    }

    private static IEnumerable<Row> Measure(string name, SimulatedNetwork network, IEnumerable<TraceJob> trace, double pace, string policy, int every, int limit)
    {
        var jobs = trace.Take(limit).Select(j => j with { Submit = (long)(j.Submit / pace) }).ToList();
        var begin = Environment.CpuUsage.TotalTime;
        var forecasts = new List<Forecast>(jobs.Count);
        var waiting = new Dictionary<WorkloadId, Forecast>();
        var run = new NetworkRun(network, jobs, NetworkPolicies.Find(policy) ?? throw new OptionException($"there is no policy {policy}"), 1, _ => { });
        var (state, simulation, told) = (run.Simulation.State, run.Simulation, run.Simulation.Happened!);
        var asked = 0;
        var spent = TimeSpan.Zero;
        simulation.Happened = fact =>
        {
            switch (fact)
            {
                case WorkloadSubmitted e when asked++ % every == 0:
                    var workload = state.Workload(e.Workload)!;
                    var start = Environment.CpuUsage.TotalTime;
                    var after = Controller.Forecast(state, workload, e.At).Candidates[0];
                    spent += Environment.CpuUsage.TotalTime - start;
                    var before = Controller.Evaluate(state, workload, e.At).Candidates[0];
                    waiting.Add(e.Workload, new(e.At, before.WaitP50, before.WaitP90, after.WaitP50, after.WaitP90));
                    break;
                case AttemptPlaced e when waiting.Remove(e.Attempt.Task.Workload, out var forecast):
                    if (e.At > forecast.At) forecasts.Add(forecast with { Waited = e.At - forecast.At });
                    break;
            }
            told(fact);
        };
        run.Run();
        Console.Error.WriteLine($"{name}: {jobs.Count:N0} jobs, {(Environment.CpuUsage.TotalTime - begin).TotalSeconds:0} CPU s, {spent.TotalMilliseconds / Math.Max(1, asked / every):0.00} ms a forecast, {forecasts.Count:N0} waited, {forecasts.Count(f => f.P90 == TimeSpan.Zero):N0} of them foretold to start at once");
        var half = network.Start + TimeSpan.FromSeconds(jobs[jobs.Count / 2].Submit);
        var heldOut = forecasts.Where(f => f.At >= half).ToList();
        if (heldOut.Count == 0) throw new OptionException($"{name}: nothing waited");
        var mean = heldOut.Average(f => f.Waited.TotalMinutes);
        yield return new($"{name}: starts before P90", "%", Share(heldOut, f => f.Waited <= f.P90), 90, $"{heldOut.Count:N0} that waited; aim");
        yield return new($"{name}: starts before P90, plain", "%", Share(heldOut, f => f.Waited <= f.PlainP90), 90, "without queue and calibration, same run");
        yield return new($"{name}: starts before P50", "%", Share(heldOut, f => f.Waited <= f.P50), 50, "");
        yield return new($"{name}: starts before P50, plain", "%", Share(heldOut, f => f.Waited <= f.PlainP50), 50, "");
        yield return new($"{name}: mean P90", "min", heldOut.Average(f => f.P90.TotalMinutes), mean, "mean wait of the same");
        yield return new($"{name}: mean P90, plain", "min", heldOut.Average(f => f.PlainP90.TotalMinutes), mean, "");
        yield return new($"{name}: mean |P50 - wait|", "min", heldOut.Average(f => Math.Abs((f.P50 - f.Waited).TotalMinutes)), mean, "");
        yield return new($"{name}: mean |P50 - wait|, plain", "min", heldOut.Average(f => Math.Abs((f.PlainP50 - f.Waited).TotalMinutes)), mean, "");
        yield return new($"{name}: loss of the P90", "min", heldOut.Average(f => Loss(f.P90, f.Waited)), null, "pinball: lower is sharper");
        yield return new($"{name}: loss of the P90, plain", "min", heldOut.Average(f => Loss(f.PlainP90, f.Waited)), null, "");
    }

    private static double Share(List<Forecast> of, Func<Forecast, bool> holds) => 100.0 * of.Count(holds) / of.Count;

    private static double Loss(TimeSpan p90, TimeSpan waited) => (waited - p90).TotalMinutes is var late && late > 0 ? 0.9 * late : -0.1 * late;

    private static double Pace(Options options, double otherwise) =>
        options.Text("--pace") is not { } text ? otherwise
        : double.TryParse(text, CultureInfo.InvariantCulture, out var pace) && pace is > 0 and < 1e6 ? pace
        : throw new OptionException($"--pace: expected a number above 0, found \"{text}\"");

    /// <summary>A machine of so many processors as a network: nodes of one core.</summary>
    public static SimulatedNetwork OneSite(int processors) => new(
    [
        new Site
        {
            Name = "machine",
            Place = new("", "", ""),
            Link = new(10_000_000_000, 1, Money.FromDecimal(0)),
            Green = new(1.2, 500, 0, 10),
            Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
            Prices = new(Money.FromDecimal(0.05m), Money.FromDecimal(0), new Dictionary<string, Money>()),
            Pools = [new() { Name = "cpu", Nodes = processors, PerNode = new(1, 1L << 30, 0) }],
        },
    ]);

    private sealed record Forecast(DateTimeOffset At, TimeSpan PlainP50, TimeSpan PlainP90, TimeSpan P50, TimeSpan P90)
    {
        public TimeSpan Waited { get; init; }
    }
}
