using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>Sites of a running network as facilities of the census: their pools counted by the catalogue.</summary>
public static class SiteFacilities
{
    /// <summary>Assumed of cores whose model nothing tells: AVX2 with two units that multiply and add, at 2.5 GHz.</summary>
    public const double AssumedCoreFp64Gigaflops = 16 * 2.5;

    private static readonly DataType[] Types = Enum.GetValues<DataType>();

    /// <param name="site">As declared.</param>
    /// <param name="pools">As declared or reported, with the nodes that are down.</param>
    /// <param name="measurements">Of its pools.</param>
    /// <returns>Null: it has no pools (yet).</returns>
    public static Facility? Of(Site site, IReadOnlyList<Pool> pools, IReadOnlyList<SiteMeasurement> measurements)
    {
        var capacity = Types.Select(t => Rated(pools, measurements, t)).OfType<RatedCapacity>().ToList();
        return capacity.Count == 0 ? null : new()
        {
            Name = site.Name,
            Kind = site.Kind,
            Status = FacilityStatus.Built,
            Operator = site.Operator,
            Place = PlaceOf(site.Place),
            Capacity = capacity,
            ItKilowatts = pools.Sum(p => p.Nodes * (p.PerNode.Cpus * site.Green.CpuWatts + p.PerNode.Accelerators * Watts(p))) / 1000 is > 0 and var kw ? kw : null,
            Pue = site.Green.Pue,
            Basis = pools.Any(p => p.PerNode.Accelerators > 0 && ModelOf(p) is not null) || pools.All(p => ProcessorOf(p) is not null) ? FigureBasis.Declared : FigureBasis.Assumed,
            Source = string.Join("; ", Sources(pools).Select(s => s.English)),
        };
    }

    /// <summary>Null: it has none, or of a model that the catalogue does not list.</summary>
    public static AcceleratorModel? ModelOf(Pool pool) => pool.PerNode.Accelerators > 0 && pool.Accelerator is { } name ? AcceleratorTable.Find(name) : null;

    /// <summary>Of one core: by the catalogue where a feature of the pool names its processor, else assumed; null: not of this type.</summary>
    public static double? CoreGigaflops(Pool pool, DataType type) => ProcessorOf(pool) is { } model ? model.CoreGigaflops(type) : type switch
    {
        DataType.Fp64 => AssumedCoreFp64Gigaflops,
        DataType.Fp32 => 2 * AssumedCoreFp64Gigaflops,
        _ => null,
    };

    private static ProcessorModel? ProcessorOf(Pool pool) => pool.Features.Select(ProcessorTable.Find).FirstOrDefault(m => m is not null);

    private static RatedCapacity? Rated(IReadOnlyList<Pool> pools, IReadOnlyList<SiteMeasurement> measurements, DataType type)
    {
        var nominal = pools.Sum(p => Nominal(p, type));
        if (nominal <= 0) return null;
        var measured = pools.Sum(p => Measured(p, measurements.FirstOrDefault(m => m.Pool == p.Name), type));
        return new(RateText.Word(type), Exact(nominal)) { MeasuredPetaflops = measured > 0 ? Exact(measured) : null };
    }

    /// <summary>10^15 per second.</summary>
    private static double Nominal(Pool pool, DataType type) => pool.Nodes
        * (pool.PerNode.Cpus * (CoreGigaflops(pool, type) ?? 0) / 1e6 + pool.PerNode.Accelerators * (ModelOf(pool)?.Peak(type) ?? 0) / 1e3);

    /// <summary>Of the nodes that were measured, carried over to all of the pool.</summary>
    private static double Measured(Pool pool, SiteMeasurement? measured, DataType type) => measured is null ? 0
        : pool.Nodes * measured.Processors.Concat(measured.Accelerators).Where(r => RateText.TypeOf(r.Type) == type).Sum(r => r.Gigaflops) / 1e6;

    private static double Watts(Pool pool) => AcceleratorCatalogue.Find(pool.Accelerator ?? "").BoardWatts;

    /// <summary>To a hundred operations per second, which is nothing.</summary>
    private static decimal Exact(double petaflops) => Math.Round((decimal)petaflops, 13) is > 0 and var value ? value : 0.0000000000001m;

    private static Place PlaceOf(Place place) => (Places.FindProvince(place.Province) ?? Places.FindCity(place.City)?.Province) is { } known
        ? new(known.Region.ToString(), known.Name, Places.CityOf(known, place.City))
        : place with { Region = Regions.Find(place.Region) ?? place.Region };

    /// <summary>Where a site's figures are from, in Chinese; in English it is the facility's own source.</summary>
    public static string ChineseSource(IReadOnlyList<Pool> pools) => string.Join("；", Sources(pools).Select(s => s.Chinese));

    private static IEnumerable<Bilingual> Sources(IReadOnlyList<Pool> pools)
    {
        yield return new("attached site; accelerators and named processors at the catalogue's nominal rates", "已接入的算力中心；加速卡和已知型号的处理器按目录的标称算力");
        if (string.Join(", ", pools.Where(p => p.PerNode.Accelerators > 0 && ModelOf(p) is null).Select(p => p.Accelerator).Distinct()) is { Length: > 0 } unknown)
            yield return new($"not counted, as the catalogue does not list them: {unknown}", $"目录中没有、因此未计入：{unknown}");
        if (pools.Any(p => ProcessorOf(p) is null))
            yield return new($"assumed: {AssumedCoreFp64Gigaflops:0} GFLOPS of FP64 a core (16 a cycle at 2.5 GHz) where no feature names the processor", $"假设：未标明型号的处理器每核 FP64 {AssumedCoreFp64Gigaflops:0} GFLOPS（2.5 GHz，每周期16次）");
    }
}
