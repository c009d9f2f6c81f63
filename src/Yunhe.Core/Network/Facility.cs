using System.Text.Json.Serialization;

namespace Yunhe.Core.Network;

public enum FacilityStatus
{
    Built,
    UnderConstruction,
    Planned,
}

/// <summary>What a figure rests on; the less sure it is, the later it stands.</summary>
public enum FigureBasis
{
    Measured,
    Declared,
    Published,
    Assumed,
}

/// <summary>Dense rate of one data type ("fp64", "bf16", "int8"), 10^15 operations per second; never added to that of another type.</summary>
public sealed record RatedCapacity(string Type, decimal NominalPetaflops)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? MeasuredPetaflops { get; init; }
}

/// <summary>
/// Computing that the census counts and that runs no work of this network: a data centre, or several of one place taken together. Also what
/// is not yet built. Its capacity is of all of it.
/// </summary>
public sealed record Facility
{
    public required string Name { get; init; }

    public SiteKind Kind { get; init; }

    public FacilityStatus Status { get; init; }

    /// <summary>Built: since when. Otherwise when it is to be built; one that is planned has it.</summary>
    public DateOnly? Date { get; init; }

    public string Operator { get; init; } = "";

    public required Place Place { get; init; }

    /// <summary>How many data centres it stands for.</summary>
    public int DataCentres { get; init; } = 1;

    /// <summary>By data type, at least one.</summary>
    public required IReadOnlyList<RatedCapacity> Capacity { get; init; }

    /// <summary>Of its computers, before PUE; null: unknown.</summary>
    public double? ItKilowatts { get; init; }

    /// <summary>Null: unknown.</summary>
    public double? Pue { get; init; }

    public FigureBasis Basis { get; init; } = FigureBasis.Declared;

    /// <summary>Where the figures are from, or what is assumed and why.</summary>
    public string Source { get; init; } = "";

    /// <summary>Equal in all that is declared.</summary>
    public bool Same(Facility other) => this with { Capacity = [] } == other with { Capacity = [] } && Capacity.SequenceEqual(other.Capacity);
}
