using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

public enum PlanStatus
{
    /// <summary>No plan is better by more than the gap: proven.</summary>
    Proven,

    /// <summary>The time ended before the gap was proven; the plan holds, and the same request may give another one on another machine.</summary>
    TimeLimit,

    /// <summary>No plan can do what is asked.</summary>
    Infeasible,

    /// <summary>The time ended before any plan was found.</summary>
    NothingFound,
}

/// <summary>What is built where, when and what comes of it. Money in CNY, undiscounted unless it says otherwise.</summary>
public sealed record SitingPlan
{
    public required string Name { get; init; }

    public required PlanStatus Status { get; init; }

    /// <summary>Relative distance of the objective to what is proven; 0.01: none is better by more than 1 %.</summary>
    public double Gap { get; init; }

    public required PlanTotals Totals { get; init; }

    public IReadOnlyList<YearOfPlan> Years { get; init; } = [];

    public IReadOnlyList<TargetReached> Targets { get; init; } = [];

    /// <summary>What was asked for and holds it back: limits that are used up.</summary>
    public IReadOnlyList<string> Binding { get; init; } = [];

    /// <summary>Targets and budgets that it does not keep.</summary>
    public IReadOnlyList<string> Missed { get; init; } = [];
}

public sealed record PlanTotals
{
    /// <summary>Net present value of building, running and what is left at the end.</summary>
    public required double NpvCny { get; init; }

    public required double CapitalCny { get; init; }

    public required double OperatingCny { get; init; }

    public required double EnergyGwh { get; init; }

    public required double CarbonKt { get; init; }

    /// <summary>Mean round trip of interactive demand; null: there is none.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Share of the demand, over all years.</summary>
    public required double Served { get; init; }

    /// <summary>Net present value over discounted delivered PFLOPS-hours.</summary>
    public double? CnyPerPflopsHour { get; init; }
}

public sealed record YearOfPlan
{
    public required int Year { get; init; }

    /// <summary>What enters service.</summary>
    public IReadOnlyList<Build> Builds { get; init; } = [];

    public IReadOnlyList<SiteYear> Sites { get; init; } = [];

    /// <summary>What stands, with what is busy of it.</summary>
    public IReadOnlyList<Standing> Standing { get; init; } = [];

    /// <summary>Which hardware does what where.</summary>
    public IReadOnlyList<WorkDone> Work { get; init; } = [];

    public IReadOnlyList<Lane> Links { get; init; } = [];

    public IReadOnlyList<Served> Flows { get; init; } = [];

    public required double CapitalCny { get; init; }

    public required double OperatingCny { get; init; }

    public required double EnergyGwh { get; init; }

    public required double GreenShare { get; init; }

    public required double CarbonKt { get; init; }

    /// <summary>Nominal, each hardware in the type it is counted in.</summary>
    public required double Eflops { get; init; }

    public required double DemandPflops { get; init; }

    public required double ServedPflops { get; init; }
}

public sealed record Build(string Site, string Accelerator, int Blocks, long Devices, double Mw, bool Opens);

/// <summary>A site that holds something, in one year; power of IT, energy with cooling.</summary>
public sealed record SiteYear(string Site, double Mw, double EnergyGwh, double GreenShare, double CarbonKt, double Eflops, double Pue);

/// <summary><c>Busy</c>: share of the devices. <c>CnyPerDeviceHour</c>: capital over its life, upkeep and power, over the busy hours.</summary>
public sealed record Standing(string Site, string Accelerator, long Devices, double Busy, double CnyPerDeviceHour, double KwPerDevice);

public sealed record WorkDone(string Site, string Accelerator, DemandKind Kind, DataType DataType, double Pflops, double Devices);

public sealed record Lane(string Place, string Site, int Lanes, double Gbit, double Km, double CnyPerYear);

public sealed record Served(int Demand, string Place, DemandKind Kind, DataType DataType, string Site, double Pflops, double RttMs);

public sealed record TargetReached(string Target, double Value, bool IsMet);
