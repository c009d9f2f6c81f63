using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Planning.Census;

namespace Yunhe.Server.Mapping;

/// <summary>Measurements between the wire and the domain.</summary>
internal static class MeasurementMapping
{
    private const int MostNodes = 1_000_000;

    /// <summary>10^18 a second of one node; the largest of today do a thousandth.</summary>
    private const double MostGigaflops = 1e9;

    /// <summary>By field what is wrong; empty: nothing.</summary>
    public static IReadOnlyList<(string Field, string Message)> Check(MeasurementRequest r, out WorkloadId workload)
    {
        workload = default;
        var errors = new List<(string Field, string Message)>();
        if (r.Pool is null || r.Workload is null || r.Processors is null || r.Accelerators is null || r.Processors.Concat(r.Accelerators).Any(x => x?.Type is null))
            return [("$", "null where a value must be")];
        if (!WorkloadId.TryParse(r.Workload, null, out workload)) errors.Add(("workload", $"{r.Workload} is not the ID of a workload, such as w17"));
        Within("nodes", r.Nodes, 1, MostNodes);
        Within("cores", r.Cores, 1, MostNodes);
        Rates("processors", r.Processors);
        Rates("accelerators", r.Accelerators);
        if (r.Processors.Count + r.Accelerators.Count == 0) errors.Add(("processors", "is empty: nothing was measured"));
        Within("memory_gb_per_second", r.MemoryGbPerSecond ?? 1, 1e-6, 1e6);
        Within("disk_write_mb_per_second", r.DiskWriteMbPerSecond ?? 1, 1e-6, 1e9);
        Within("disk_read_mb_per_second", r.DiskReadMbPerSecond ?? 1, 1e-6, 1e9);
        Within("network_gbit_per_second", r.NetworkGbitPerSecond ?? 1, 1e-6, 1e6);
        Within("network_round_trip_microseconds", r.NetworkRoundTripMicroseconds ?? 1, 1e-3, 1e9);
        return errors;

        void Rates(string field, IReadOnlyList<RateView> rates)
        {
            for (var i = 0; i < rates.Count; i++)
            {
                if (RateText.TypeOf(rates[i].Type) is null) errors.Add(($"{field}[{i}].type", $"{rates[i].Type} is no data type"));
                if (rates.Take(i).Any(x => x.Type == rates[i].Type)) errors.Add(($"{field}[{i}].type", $"{rates[i].Type} stands there twice"));
                Within($"{field}[{i}].gigaflops", rates[i].Gigaflops, 1e-6, MostGigaflops);
            }
        }

        void Within(string field, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) errors.Add((field, $"{value} is out of range: {least} to {most}"));
        }
    }

    public static SiteMeasurement MeasurementOf(string site, MeasurementRequest r, WorkloadId workload) => new()
    {
        Site = site,
        Pool = r.Pool,
        Workload = workload,
        Nodes = r.Nodes,
        Cores = r.Cores,
        Processors = [.. r.Processors.Select(x => new MeasuredRate(x.Type, x.Gigaflops))],
        Accelerators = [.. r.Accelerators.Select(x => new MeasuredRate(x.Type, x.Gigaflops))],
        MemoryGBPerSecond = r.MemoryGbPerSecond,
        DiskWriteMBPerSecond = r.DiskWriteMbPerSecond,
        DiskReadMBPerSecond = r.DiskReadMbPerSecond,
        NetworkGbitPerSecond = r.NetworkGbitPerSecond,
        NetworkRoundTripMicroseconds = r.NetworkRoundTripMicroseconds,
    };

    public static MeasurementView View(MeasuredAt stored) => new(stored.At, new()
    {
        Pool = stored.Measurement.Pool,
        Workload = stored.Measurement.Workload.ToString(),
        Nodes = stored.Measurement.Nodes,
        Cores = stored.Measurement.Cores,
        Processors = [.. stored.Measurement.Processors.Select(x => new RateView(x.Type, x.Gigaflops))],
        Accelerators = [.. stored.Measurement.Accelerators.Select(x => new RateView(x.Type, x.Gigaflops))],
        MemoryGbPerSecond = stored.Measurement.MemoryGBPerSecond,
        DiskWriteMbPerSecond = stored.Measurement.DiskWriteMBPerSecond,
        DiskReadMbPerSecond = stored.Measurement.DiskReadMBPerSecond,
        NetworkGbitPerSecond = stored.Measurement.NetworkGbitPerSecond,
        NetworkRoundTripMicroseconds = stored.Measurement.NetworkRoundTripMicroseconds,
    });
}
