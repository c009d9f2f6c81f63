using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

/// <summary>Instances drawn from a seed: the ten clusters, demand where people live, and hardware of six kinds. All figures are made up.</summary>
internal static class SyntheticSiting
{
    private static readonly string[] Cities = ["beijing", "shanghai", "guangzhou", "shenzhen", "hangzhou", "chengdu", "wuhan", "xian", "nanjing", "chongqing"];

    /// <summary>Ten clusters, six kinds of hardware, forty demands.</summary>
    public static SitingRequest National(int seed, int years = 5)
    {
        var random = new Random(seed);
        var clusters = Places.All.Where(p => p.Kind == PlaceKind.Cluster).ToList();
        return new()
        {
            Name = $"synthetic {seed}",
            StartYear = 2026,
            Years = years,
            Demand = [.. Cities.SelectMany(city => DemandOf(random, city))],
            Candidates = [.. clusters.Select(c => CandidateOf(random, c))],
            Accelerators = [.. HardwareOf(random)],
            Targets =
            [
                new() { Measure = TargetMeasure.NewInHubs, Year = 2026 + years - 1, Least = 0.6 },
                new() { Measure = TargetMeasure.HubGreenShare, Year = 2026 + years - 1, Least = 0.8 },
                new() { Measure = TargetMeasure.WestShare, Year = 2026 + years - 1, Least = 0.4 },
                new() { Measure = TargetMeasure.IntelligentShare, Year = 2026 + years - 1, Least = 0.35 },
            ],
        };
    }

    private static IEnumerable<DemandSpec> DemandOf(Random random, string city)
    {
        var size = 20 * Math.Exp(random.NextDouble() * 1.5);
        yield return new() { Place = city, Kind = DemandKind.Training, DataType = DataType.Bf16, Pflops = size * 4, Growth = 0.2 + (0.3 * random.NextDouble()) };
        yield return new() { Place = city, Kind = DemandKind.Inference, DataType = DataType.Int8, Pflops = size * 2, Growth = 0.3 + (0.4 * random.NextDouble()), LatencyMs = 12 + (20 * random.NextDouble()) };
        yield return new() { Place = city, Kind = DemandKind.General, DataType = DataType.Fp32, Pflops = size * 0.1, Growth = 0.1, LatencyMs = 30 };
        yield return new() { Place = city, Kind = DemandKind.Supercomputing, DataType = DataType.Fp64, Pflops = size * 0.1, Growth = 0.1 };
    }

    private static CandidateSpec CandidateOf(Random random, NamedPlace place)
    {
        var isWest = place.Province.Region == Region.West;
        return new()
        {
            Place = place.English,
            LandCnyPerM2 = isWest ? 200 + (200 * random.NextDouble()) : 800 + (1500 * random.NextDouble()),
            PowerCnyPerKwh = (isWest ? 0.33 : 0.55) + (0.1 * random.NextDouble()),
            Pue = (isWest ? 1.15 : 1.25) + (0.1 * random.NextDouble()),
            GreenShare = (isWest ? 0.5 : 0.2) + (0.2 * random.NextDouble()),
            GreenMost = 0.95,
            MaxMw = 200 + (400 * random.NextDouble()),
            OpeningCny = 1e8 + (4e8 * random.NextDouble()),
            BuildYears = 0,
        };
    }

    private static IEnumerable<HardwareSpec> HardwareOf(Random random)
    {
        double Price(double about) => about * (0.85 + (0.3 * random.NextDouble()));
        yield return new() { Model = "H20", PriceCny = Price(110_000), BlockDevices = 512, Supply = [20_000], Watts = 650 };
        yield return new() { Model = "H800", PriceCny = Price(260_000), BlockDevices = 512, Supply = [4_000], Watts = 1000 };
        yield return new() { Model = "Ascend910B2", PriceCny = Price(120_000), BlockDevices = 512, Supply = [30_000, 60_000] };
        yield return new() { Model = "Ascend910C", PriceCny = Price(220_000), BlockDevices = 384, Supply = [8_000, 30_000, 60_000], Watts = 1000 };
        yield return new() { Name = "cpu", Kind = ComputeKind.General, Tflops = new Dictionary<DataType, double> { [DataType.Fp64] = 5, [DataType.Fp32] = 10 }, PriceCny = Price(60_000), Watts = 700, BlockDevices = 256 };
        yield return new()
        {
            Name = "dcu", Kind = ComputeKind.Supercomputing, Tflops = new Dictionary<DataType, double> { [DataType.Fp64] = 24, [DataType.Fp32] = 24, [DataType.Bf16] = 96 },
            PriceCny = Price(70_000), Watts = 400, BlockDevices = 256,
        };
    }
}
