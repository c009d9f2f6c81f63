using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Core.Units;

namespace Yunhe.Server.Mapping;

/// <summary>Sites between the wire and the domain.</summary>
internal static class SiteMapping
{
    public static Site SiteOf(SiteRequest r, SiteKind kind) => new()
    {
        Name = r.Name,
        Kind = kind,
        Operator = r.Operator,
        Place = new(r.Region, r.Province, r.City),
        Link = new(r.LinkBitsPerSecond, r.LinkRttMs, Money.FromDecimal(r.LinkPricePerGb)),
        Prices = new(
            Money.FromDecimal(r.PriceCpuHour),
            Money.FromDecimal(r.PriceGibHour),
            r.PriceAcceleratorHour.ToDictionary(p => p.Key, p => Money.FromDecimal(p.Value))),
        Green = new(r.Pue, r.CarbonGPerKwh, r.RenewableShare, r.CpuWatts),
        Tariff = ProfileOf(r.Tariff),
        CarbonByHour = ProfileOf(r.CarbonByHour),
        Engine = new(r.Engine, r.Settings),
        LostAfter = TimeSpan.FromSeconds(r.LostAfterSeconds),
        MaxPending = r.MaxPending,
        Pools = [.. r.Pools.Select(p => new Pool
        {
            Name = p.Name,
            Nodes = p.Nodes,
            PerNode = new(p.Cpus, p.MemoryMib, p.Accelerators),
            Accelerator = p.Accelerator,
            NodesPerFabric = p.NodesPerFabric,
            ScaleOutGbitPerSecond = p.ScaleOutGbitPerSecond,
            ScaleUpGBPerSecond = p.ScaleUpGbPerSecond,
            ScaleUpDomain = p.ScaleUpDomain,
        })],
    };

    /// <summary>As it was declared. Settings hold no secrets: those lie in files that they name.</summary>
    public static SiteRequest RequestOf(Site s) => new()
    {
        Name = s.Name,
        Kind = s.Kind.Word(),
        Operator = s.Operator,
        Region = s.Place.Region,
        Province = s.Place.Province,
        City = s.Place.City,
        Engine = s.Engine.Type,
        Settings = s.Engine.Settings,
        Pools = [.. s.Pools.Select(p => new PoolRequest
        {
            Name = p.Name,
            Nodes = p.Nodes,
            Cpus = p.PerNode.Cpus,
            MemoryMib = p.PerNode.MemoryMiB,
            Accelerators = p.PerNode.Accelerators,
            Accelerator = p.Accelerator,
            NodesPerFabric = p.NodesPerFabric,
            ScaleOutGbitPerSecond = p.ScaleOutGbitPerSecond,
            ScaleUpGbPerSecond = p.ScaleUpGBPerSecond,
            ScaleUpDomain = p.ScaleUpDomain,
        })],
        Pue = s.Green.Pue,
        CarbonGPerKwh = s.Green.GramsPerKWh,
        RenewableShare = s.Green.RenewableShare,
        CpuWatts = s.Green.CpuWatts,
        PriceCpuHour = s.Prices.CpuHour.ToDecimal(),
        PriceGibHour = s.Prices.GiBHour.ToDecimal(),
        PriceAcceleratorHour = s.Prices.AcceleratorHour.ToDictionary(p => p.Key, p => p.Value.ToDecimal()),
        Tariff = HourlyOf(s.Tariff),
        CarbonByHour = HourlyOf(s.CarbonByHour),
        LinkBitsPerSecond = s.Link.BitsPerSecond,
        LinkRttMs = s.Link.RoundTripMs,
        LinkPricePerGb = s.Link.PricePerGB.ToDecimal(),
        LostAfterSeconds = (long)s.LostAfter.TotalSeconds,
        MaxPending = s.MaxPending,
    };

    private static HourProfile? ProfileOf(HourlyRequest? r) => r is null ? null : new(
        Thousandths(r.Weekday), Thousandths(r.Weekend.Count > 0 ? r.Weekend : r.Weekday), TimeSpan.FromMinutes((double)(r.UtcOffset * 60)));

    private static List<int> Thousandths(IReadOnlyList<decimal> values) => [.. values.Select(v => (int)decimal.Round(v * 1000))];

    private static HourlyRequest? HourlyOf(HourProfile? p) => p is null ? null : new()
    {
        Weekday = [.. p.Weekday.Select(v => v / 1000m)],
        Weekend = [.. p.Weekend.Select(v => v / 1000m)],
        UtcOffset = (decimal)p.UtcOffset.TotalMinutes / 60,
    };

    /// <param name="s">The site.</param>
    /// <param name="measured">What was measured there.</param>
    /// <param name="active">Attempts that use its nodes.</param>
    public static SiteView View(SiteState s, IReadOnlyList<MeasuredAt> measured, int active) => new()
    {
        Site = RequestOf(s.Site),
        Status = s.AwaySince is not null ? "unreachable" : s.Site.Drained ? "drained" : s.Report is null ? "unknown" : "up",
        Problem = s.Problem.OrNull(),
        ObservedAt = s.ReportedAt,
        Enforcement = s.Report?.Enforcement.OrNull(),
        Pools = [.. s.Report?.Pools.Select(PoolOf) ?? s.Site.Pools.Select(p => PoolOf(new(p, [])))],
        Measurements = measured.Count > 0 ? [.. measured.Select(MeasurementMapping.View)] : null,
        ActiveAttempts = active,
        QueuedJobs = s.Report?.Queue.Count(q => !q.Running) ?? 0,
        Revision = s.Site.Revision,
    };

    /// <summary>Totals over the pool's usable nodes.</summary>
    private static PoolView PoolOf(PoolReport report)
    {
        var (pool, free, unusable) = report;
        return new()
        {
            Name = pool.Name,
            Nodes = pool.Nodes,
            UnusableNodes = unusable,
            Cpus = pool.Nodes * pool.PerNode.Cpus,
            FreeCpus = free.Sum(f => f.Count * f.Free.Cpus),
            MemoryMib = pool.Nodes * pool.PerNode.MemoryMiB,
            FreeMemoryMib = free.Sum(f => f.Count * f.Free.MemoryMiB),
            Accelerator = pool.Accelerator,
            Accelerators = pool.Nodes * pool.PerNode.Accelerators,
            FreeAccelerators = free.Sum(f => f.Count * f.Free.Accelerators),
        };
    }
}
