using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

/// <summary>What computing is wanted for; classes of efficiency, of utilisation and of traffic go by it.</summary>
public enum DemandKind
{
    Training,
    Inference,
    General,
    Supercomputing,
}

/// <summary>How statistics count a kind of hardware.</summary>
public enum ComputeKind
{
    General,
    Intelligent,
    Supercomputing,
}

public enum SitingObjective
{
    /// <summary>Net present value of all that is spent.</summary>
    Cost,

    /// <summary>Emissions of the whole horizon.</summary>
    Carbon,

    /// <summary>Mean round trip of interactive demand.</summary>
    Latency,

    /// <summary>Cost with a price on carbon and on latency: <see cref="SitingWeights"/>.</summary>
    Weighted,
}

/// <summary>Where to build: the question. Money is CNY of the first year, rates of demand are delivered (useful) PFLOPS, the mean of a year.</summary>
public sealed record SitingRequest
{
    public string Name { get; init; } = "";

    public int StartYear { get; init; }

    public int Years { get; init; } = 5;

    public double DiscountRate { get; init; } = 0.06;

    /// <summary>Said in every output.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];

    public IReadOnlyList<DemandSpec> Demand { get; init; } = [];

    public IReadOnlyList<CandidateSpec> Candidates { get; init; } = [];

    public IReadOnlyList<HardwareSpec> Accelerators { get; init; } = [];

    public LinkTerms Links { get; init; } = new();

    public BudgetSpec Budgets { get; init; } = new();

    public IReadOnlyList<TargetSpec> Targets { get; init; } = [];

    public SitingObjective Objective { get; init; }

    public SitingWeights Weights { get; init; } = new();

    public OperationTerms Operation { get; init; } = new();

    public ReturnTerms Return { get; init; } = new();

    public SolverTerms Solver { get; init; } = new();
}

/// <summary>Demand of one kind at one place, year by year.</summary>
public sealed record DemandSpec
{
    /// <summary>A place that Yunhe knows, or any name with longitude and latitude.</summary>
    public string Place { get; init; } = "";

    public double? Longitude { get; init; }

    public double? Latitude { get; init; }

    public DemandKind Kind { get; init; }

    public DataType DataType { get; init; } = DataType.Bf16;

    /// <summary>Delivered PFLOPS in the first year, grown by <see cref="Growth"/> a year; or see <see cref="PflopsByYear"/>.</summary>
    public double? Pflops { get; init; }

    /// <summary>0.3: 30 % a year.</summary>
    public double Growth { get; init; }

    /// <summary>One value a year, instead of the two above.</summary>
    public IReadOnlyList<double> PflopsByYear { get; init; } = [];

    /// <summary>The longest round trip to where it may be served; null: any.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Mean traffic between users and site for each delivered PFLOPS; null: by kind.</summary>
    public double? GbitPerPflops { get; init; }

    public string Source { get; init; } = "assumed";
}

/// <summary>Where something stands or may be built.</summary>
public sealed record CandidateSpec
{
    /// <summary>Letters, digits, '.', '_' and '-'; empty: the place's.</summary>
    public string Name { get; init; } = "";

    public string Place { get; init; } = "";

    public double? Longitude { get; init; }

    public double? Latitude { get; init; }

    /// <summary>Null: the place's.</summary>
    public Region? Region { get; init; }

    /// <summary>Null: whether the place is a cluster of a hub.</summary>
    public bool? InHub { get; init; }

    public double LandCnyPerM2 { get; init; } = 500;

    public double PowerCnyPerKwh { get; init; } = 0.5;

    public double Pue { get; init; } = 1.25;

    /// <summary>Null: the province's published factor.</summary>
    public double? GridKgPerKwh { get; init; }

    /// <summary>Share of its power that is green without a premium.</summary>
    public double GreenShare { get; init; }

    /// <summary>Share that can be reached by buying green power at the premium; at least <see cref="GreenShare"/>.</summary>
    public double? GreenMost { get; init; }

    public double GreenPremiumCnyPerKwh { get; init; } = 0.05;

    /// <summary>IT power that can stand there, what exists included.</summary>
    public double MaxMw { get; init; }

    /// <summary>Halls, power and cooling for each kW of IT.</summary>
    public double FacilityCnyPerKw { get; init; } = 12_000;

    /// <summary>Once, where nothing stands yet: substation, roads, fibres.</summary>
    public double OpeningCny { get; init; }

    /// <summary>From the order of a hall until it serves; 0: in the same year.</summary>
    public int BuildYears { get; init; } = 1;

    public IReadOnlyList<ExistingSpec> Existing { get; init; } = [];

    public string Source { get; init; } = "assumed";
}

/// <summary>What stands already.</summary>
public sealed record ExistingSpec
{
    public string Accelerator { get; init; } = "";

    public long Devices { get; init; }
}

/// <summary>What can be bought: an accelerator of the catalogue, or any hardware with its own figures.</summary>
public sealed record HardwareSpec
{
    /// <summary>What it is called here; empty: the model.</summary>
    public string Name { get; init; } = "";

    /// <summary>Of the catalogue; empty: <see cref="Tflops"/> says all.</summary>
    public string Model { get; init; } = "";

    public ComputeKind Kind { get; init; } = ComputeKind.Intelligent;

    /// <summary>Nominal dense peak by data type, 10^12 a second; adds to the catalogue's and overrides it.</summary>
    public IReadOnlyDictionary<DataType, double> Tflops { get; init; } = new Dictionary<DataType, double>();

    /// <summary>Delivered over nominal, by kind of demand; what is left out has <see cref="OperationTerms.Efficiency"/>.</summary>
    public IReadOnlyDictionary<DemandKind, double> Efficiency { get; init; } = new Dictionary<DemandKind, double>();

    /// <summary>Type in which its capacity is counted; null: BF16 intelligent, FP32 general, FP64 supercomputing.</summary>
    public DataType? CountedAs { get; init; }

    /// <summary>One device with its share of server and fabric.</summary>
    public double PriceCny { get; init; }

    /// <summary>Of one busy device with its share of the server, at the wall of the rack; null: 1.3 times the catalogue's board power.</summary>
    public double? Watts { get; init; }

    /// <summary>From order to service; 0: in the same year.</summary>
    public int DeliveryYears { get; init; }

    /// <summary>Devices that can be had for service in each year; empty: any number. The last one holds for all years after.</summary>
    public IReadOnlyList<long> Supply { get; init; } = [];

    /// <summary>Bought in multiples of so many devices: a rack, a hall.</summary>
    public int BlockDevices { get; init; } = 512;

    public double EmbodiedKg { get; init; }

    public int LifeYears { get; init; } = 5;

    public string Source { get; init; } = "assumed";
}

/// <summary>Leased lanes between where demand is and where it is served.</summary>
public sealed record LinkTerms
{
    public double LaneGbit { get; init; } = 100;

    public double LaneCnyPerYear { get; init; } = 300_000;

    public double LaneCnyPerKmYear { get; init; } = 1_500;

    /// <summary>Share of a lane that the mean traffic may fill.</summary>
    public double Load { get; init; } = 0.5;

    /// <summary>Length of fibre over the distance as the crow flies.</summary>
    public double RouteFactor { get; init; } = 1.4;

    /// <summary>Equipment at both ends, in both directions.</summary>
    public double EquipmentMs { get; init; } = 2;
}

/// <summary>What may be spent on building and equipment, by the year in which it is ordered; null: any.</summary>
public sealed record BudgetSpec
{
    /// <summary>The last one holds for all years after; empty: any.</summary>
    public IReadOnlyList<double> PerYearCny { get; init; } = [];

    public double? TotalCny { get; init; }
}

public enum TargetMeasure
{
    /// <summary>Nominal capacity of the network, EFLOPS.</summary>
    TotalEflops,

    /// <summary>Of it, that of intelligent hardware.</summary>
    IntelligentShare,

    /// <summary>Of it, what stands in the West.</summary>
    WestShare,

    /// <summary>Of what was newly built until then, what stands in hubs.</summary>
    NewInHubs,

    /// <summary>Green share of the hubs' power, in that year and each after it.</summary>
    HubGreenShare,
}

/// <summary>At least and at most, at the end of a year; shares from 0 to 1.</summary>
public sealed record TargetSpec
{
    public TargetMeasure Measure { get; init; }

    public int Year { get; init; }

    public double? Least { get; init; }

    public double? Most { get; init; }

    /// <summary>Capacity in this type alone; null: every hardware in the type it is counted as, as national statistics add them.</summary>
    public DataType? DataType { get; init; }
}

public sealed record SitingWeights
{
    public double CarbonCnyPerTonne { get; init; } = 100;

    /// <summary>For each ms that a delivered PFLOPS of interactive demand is away, a year.</summary>
    public double LatencyCnyPerMsPflopsYear { get; init; } = 1_000;
}

/// <summary>How things are run; all of it assumed unless the request says otherwise.</summary>
public sealed record OperationTerms
{
    /// <summary>Share of the devices that demand may keep busy, by kind: the rest is room for peaks, waits and repairs.</summary>
    public IReadOnlyDictionary<DemandKind, double> Utilisation { get; init; } = new Dictionary<DemandKind, double>();

    /// <summary>Delivered over nominal, by kind.</summary>
    public IReadOnlyDictionary<DemandKind, double> Efficiency { get; init; } = new Dictionary<DemandKind, double>();

    /// <summary>Mean Gbit/s between users and site for each delivered PFLOPS, by kind.</summary>
    public IReadOnlyDictionary<DemandKind, double> GbitPerPflops { get; init; } = new Dictionary<DemandKind, double>();

    /// <summary>Power of an idle device over that of a busy one.</summary>
    public double IdlePower { get; init; } = 0.3;

    /// <summary>Upkeep a year over the price of the devices.</summary>
    public double Upkeep { get; init; } = 0.04;

    public int FacilityLifeYears { get; init; } = 15;

    public double M2PerMw { get; init; } = 1_500;

    /// <summary>By how much the grids' factors fall each year.</summary>
    public double GridDecline { get; init; } = 0.02;

    internal static double UtilisationOf(DemandKind kind) => kind switch
    {
        DemandKind.Training => 0.85,
        DemandKind.Inference => 0.6,
        DemandKind.Supercomputing => 0.8,
        _ => 0.6,
    };

    internal static double EfficiencyOf(DemandKind kind) => kind switch
    {
        DemandKind.Training => 0.4,
        DemandKind.Inference => 0.25,
        DemandKind.Supercomputing => 0.6,
        _ => 0.5,
    };

    internal static double GbitOf(DemandKind kind) => kind switch
    {
        DemandKind.Training => 0.2,
        DemandKind.Inference => 1,
        DemandKind.Supercomputing => 2,
        _ => 5,
    };
}

/// <summary>What a yuan of computing brings, as a range: nobody knows one number.</summary>
public sealed record ReturnTerms
{
    /// <summary>What a delivered PFLOPS-hour is sold for, CNY; by which direct revenue is counted. Null: at its own cost.</summary>
    public double? CnyPerPflopsHour { get; init; }

    /// <summary>Share of revenue that is value added (the rest buys power, equipment and services from others).</summary>
    public double ValueAddedShare { get; init; } = 0.45;

    public double MultiplierLow { get; init; } = 1.5;

    public double MultiplierMiddle { get; init; } = 2.5;

    /// <summary>The often quoted "1 yuan brings 3 to 4 yuan of GDP" is the optimistic end.</summary>
    public double MultiplierHigh { get; init; } = 4;
}

public sealed record SolverTerms
{
    /// <summary>Relative gap at which the search ends; what was reached is told.</summary>
    public double Gap { get; init; } = 0.01;

    public double TimeLimitSeconds { get; init; } = 60;

    public int Seed { get; init; } = 1;
}
