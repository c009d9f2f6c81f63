namespace Yunhe.Contracts;

/// <summary>Whole nodes of a pool, from a time until another, for a project or for maintenance: body of POST. See docs/guides/reservations.md.</summary>
public sealed record ReservationRequest
{
    public required string Name { get; init; }

    public required string Site { get; init; }

    /// <summary>May be left out where the site has one pool.</summary>
    public string? Pool { get; init; }

    /// <summary>How many; or, instead, so many cores or accelerators as whole nodes hold them.</summary>
    public int? Nodes { get; init; }

    public int? Cpus { get; init; }

    public int? Accelerators { get; init; }

    /// <summary>A project, or a tenant for all its projects; absent: maintenance, nobody's work runs there.</summary>
    public string? Project { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Charged for each node and hour that was reserved and not used; absent: nothing is.</summary>
    public decimal? Rate { get; init; }
}

/// <summary>A reservation that is not over.</summary>
public sealed record ReservationView
{
    public required ReservationRequest Reservation { get; init; }

    public required string Owner { get; init; }

    /// <summary>Names of its nodes.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>Those of them that are down. Where it is active none could take their place.</summary>
    public IReadOnlyList<string> Down { get; init; } = [];

    /// <summary>upcoming or active.</summary>
    public required string Status { get; init; }

    /// <summary>Nodes × hours until now.</summary>
    public double ReservedNodeHours { get; init; }

    /// <summary>The part of it that its project's work has used.</summary>
    public double UsedNodeHours { get; init; }
}

/// <summary>The meaning of a reservation, checked field by field; what depends on the network the server checks.</summary>
public static class ReservationCheck
{
    private const decimal MaxRate = 1_000_000_000m;

    public static IReadOnlyList<FieldError> Check(ReservationRequest r)
    {
        var errors = new FieldErrors();
        if (r.Name is null || r.Site is null)
        {
            errors.Add("$", "null where a value must be");
            return errors.All;
        }
        errors.Add("name", Names.Check(r.Name));
        errors.Add("site", Names.Check(r.Site));
        if (r.Pool is { } pool) errors.Add("pool", Names.Check(pool));
        if (new[] { r.Nodes, r.Cpus, r.Accelerators }.Count(n => n is not null) != 1) errors.Add("nodes", "say how many nodes, cpus or accelerators: exactly one of the three");
        if (r.Nodes is { } nodes) errors.Range("nodes", nodes, 1, RequestCheck.MaxNodes);
        if (r.Cpus is { } cpus) errors.Range("cpus", cpus, 1, int.MaxValue);
        if (r.Accelerators is { } accelerators) errors.Range("accelerators", accelerators, 1, int.MaxValue);
        if (r.Project is { } project) errors.Add("project", Names.CheckProject(project));
        if (r.To <= r.From) errors.Add("to", "must be later than from");
        if (r.Rate is < 0 or > MaxRate) errors.Add("rate", $"{r.Rate} is out of range: 0 to {MaxRate}");
        if (r is { Rate: not null, Project: null }) errors.Add("rate", "is for a project's reservation only");
        return errors.All;
    }
}
