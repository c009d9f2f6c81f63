using System.Globalization;
using System.Text.Json.Serialization;

namespace Yunhe.Core.Network;

using Yunhe.Core.Units;

public enum SiteKind
{
    General,
    Intelligent,
    Supercomputing,
    Edge,
}

/// <summary>Where a site stands. <c>Region</c> is a name such as "east"; empty parts are unknown.</summary>
public sealed record Place(string Region = "", string Province = "", string City = "");

/// <summary>The link between the network's entry (where users hand in work) and a site.</summary>
public sealed record Link(long BitsPerSecond, double RoundTripMs, Money PricePerGB);

/// <summary>What a site charges, per hour of one core, one GiB of memory and one accelerator (by model; "*" is any other).</summary>
public sealed record PriceBook(Money CpuHour, Money GiBHour, IReadOnlyDictionary<string, Money> AcceleratorHour)
{
    /// <summary>Thousandths of these prices by hour, where a quote promised them; a site declares its own in <see cref="Site.Tariff"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HourProfile? Tariff { get; init; }

    public static readonly PriceBook Free = new(Money.Zero, Money.Zero, new Dictionary<string, Money>());

    public Money AcceleratorHourOf(string model) =>
        AcceleratorHour.TryGetValue(model, out var price) ? price
        : AcceleratorHour.TryGetValue("*", out var other) ? other : Money.Zero;
}

/// <summary>What turns work into energy and carbon. <c>CpuWatts</c> is the power of one busy core with its share of the node.</summary>
public sealed record Green(double Pue, double GramsPerKWh, double RenewableShare, double CpuWatts);

/// <summary>
/// Which adapter runs the work of a site, and its settings by name; the core only needs to know who packs the nodes.
/// </summary>
public sealed record EngineSpec(string Type, IReadOnlyDictionary<string, string> Settings)
{
    public const string Local = "local";
    public const string Slurm = "slurm";
    public const string Simulated = "simulated";

    /// <summary>True where the engine has a queue and places on nodes itself; otherwise Yunhe packs the nodes.</summary>
    public bool SchedulesItself => Type == Slurm;
}

/// <summary>Like nodes of one site.</summary>
public sealed record Pool
{
    public required string Name { get; init; }

    public required int Nodes { get; init; }

    public required Resources PerNode { get; init; }

    /// <summary>Model of the accelerators in catalogue spelling, or null when there are none.</summary>
    public string? Accelerator { get; init; }

    /// <summary>Longest time limit that the pool admits; null: none.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Features a workload may ask for by constraint.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>
    /// Its first so many nodes are one fabric (a leaf switch, a rail group: full bandwidth among them), the next so many the next one; the last may
    /// be smaller. 0: all of the pool is one.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int NodesPerFabric { get; init; }

    /// <summary>Bandwidth of the fabric, one direction, in 10^9 bits per second for each accelerator (without any: for each node); null: not declared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ScaleOutGbitPerSecond { get; init; }

    /// <summary>Bandwidth of each accelerator to those in its scale-up domain, one direction, in 10^9 bytes per second; null: not declared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ScaleUpGBPerSecond { get; init; }

    /// <summary>Accelerators of a scale-up domain, such as 72 of a rack; null: those of a node.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ScaleUpDomain { get; init; }

    /// <summary>Equal where requests can't tell them apart.</summary>
    public static readonly IEqualityComparer<Pool> SameShape = EqualityComparer<Pool>.Create(
        (a, b) => a is not null && b is not null && a with { Features = [] } == b with { Features = [] } && a.Features.SequenceEqual(b.Features),
        pool => pool.Name.GetHashCode(StringComparison.Ordinal));

    /// <summary>Engines name a pool after its partition, with what sets it apart behind a colon ("gpu", "gpu:a100x4").</summary>
    public bool IsOf(string partition) => Name == partition || Name.StartsWith(partition + ":", StringComparison.Ordinal);

    /// <summary>Name of the <paramref name="number"/>th node (from 1) where Yunhe packs the nodes.</summary>
    public string NodeName(string site, int number) => $"{site}-{Name}-{number}";

    /// <summary>The number, from 1, in the name of one of its nodes.</summary>
    internal int NumberOf(string site, string node) => int.Parse(node.AsSpan(NodeName(site, 0).Length - 1), NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>A data centre or cluster that runs work, as its operator declared it.</summary>
public sealed record Site
{
    public required string Name { get; init; }

    public SiteKind Kind { get; init; }

    public string Operator { get; init; } = "";

    public required Place Place { get; init; }

    public required Link Link { get; init; }

    public required PriceBook Prices { get; init; }

    public required Green Green { get; init; }

    /// <summary>Thousandths of the prices by hour; null: they hold at any hour.</summary>
    public HourProfile? Tariff { get; init; }

    /// <summary>Thousandths of a gram of CO2e per kWh by hour; null: <see cref="Green"/>'s at any hour.</summary>
    public HourProfile? CarbonByHour { get; init; }

    public required EngineSpec Engine { get; init; }

    /// <summary>Declared pools; empty where the engine reports them itself (Slurm).</summary>
    public IReadOnlyList<Pool> Pools { get; init; } = [];

    /// <summary>How long its engine may stay away before what it runs is given up and tried elsewhere.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where the engine schedules itself: how many attempts may wait in its queue at once.</summary>
    public int MaxPending { get; init; } = 1000;

    /// <summary>A drained site finishes what it runs and gets nothing new.</summary>
    public bool Drained { get; init; }

    /// <summary>Rises with every edit; the ETag of the site.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>The engine, its settings and the pools are the same.</summary>
    public bool HasSameMachines(Site other) =>
        Engine.Type == other.Engine.Type
        && Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).SequenceEqual(other.Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
        && Pools.Count == other.Pools.Count
        && Pools.Zip(other.Pools).All(p => p.First.Name == p.Second.Name && p.First.Nodes == p.Second.Nodes
            && p.First.PerNode == p.Second.PerNode && p.First.Accelerator == p.Second.Accelerator);
}
