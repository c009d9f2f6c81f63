using System.Globalization;
using Yunhe.Cli.Sites;
using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Server.Mapping;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Simulating;

/// <summary>A network in YAML: a list of sites as `site add -f` takes them, and what befalls them.</summary>
internal sealed record NetworkDeclaration
{
    public IReadOnlyList<SiteRequest>? Sites { get; init; }

    public ConditionsDeclaration? Simulation { get; init; }
}

internal sealed record ConditionsDeclaration
{
    /// <summary>The clock when the trace's shows 0, such as 2026-03-01T00:00:00+08:00.</summary>
    public string? Start { get; init; }

    public IReadOnlyList<FailureDeclaration?>? Failures { get; init; }

    public IReadOnlyList<MaintenanceDeclaration?>? Maintenance { get; init; }

    public IReadOnlyList<ReservationDeclaration?>? Reservations { get; init; }

    public IReadOnlyDictionary<string, double>? Speeds { get; init; }
}

internal sealed record FailureDeclaration
{
    /// <summary>node, site or link.</summary>
    public string? Of { get; init; }

    public IReadOnlyList<string>? Sites { get; init; }

    public string? Mtbf { get; init; }

    public string? Mttr { get; init; }
}

internal sealed record MaintenanceDeclaration
{
    public string? Site { get; init; }

    public string? Pool { get; init; }

    /// <summary>Numbers of the pool's first and last node, such as 1-16.</summary>
    public string? Nodes { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }
}

internal sealed record ReservationDeclaration
{
    public string? Name { get; init; }

    public string? Site { get; init; }

    public string? Pool { get; init; }

    public int Nodes { get; init; }

    /// <summary>As the trace names it; absent: maintenance.</summary>
    public string? Project { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }
}

internal static class NetworkFile
{
    private const long MaxBytes = 64L * 1024 * 1024;
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(366);

    public static SimulatedNetwork Read(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase) ? OfNodes(path)
            : Of(Yaml.Read<NetworkDeclaration>(path, MaxBytes, "a network"), path);

    /// <summary>openb's list of nodes: one site with a pool for each kind of node.</summary>
    private static SimulatedNetwork OfNodes(string path)
    {
        Files.MustExist(path);
        var pools = Openb.Pools(Openb.Nodes(path, new(skip: false)));
        if (pools.Count == 0) throw new UsageException($"{path}: there is no node");
        return new([SiteOf(new() { Name = "openb", Engine = EngineSpec.Simulated, Pools = [new() { Name = "nodes" }] }, path) with { Pools = pools }]);
    }

    /// <param name="file">What it says.</param>
    /// <param name="path">Where it says so, for errors.</param>
    public static SimulatedNetwork Of(NetworkDeclaration file, string path)
    {
        if (file.Sites is not { Count: > 0 }) throw new UsageException($"{path}: sites: is missing; a network has at least one site");
        var sites = file.Sites.Select((request, i) => SiteOf(request, $"{path}: sites[{i}]")).ToList();
        if (sites.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new UsageException($"{path}: sites: there are two named {twice.Key}");
        var conditions = file.Simulation ?? new();
        var network = new SimulatedNetwork(sites)
        {
            Failures = [.. (conditions.Failures ?? []).Select((f, i) => FailureOf(f, $"{path}: simulation.failures[{i}]"))],
            Maintenance = [.. (conditions.Maintenance ?? []).Select((m, i) => MaintenanceOf(m, sites, $"{path}: simulation.maintenance[{i}]"))],
            Reservations = [.. (conditions.Reservations ?? []).Select((r, i) => ReservationOf(r, sites, $"{path}: simulation.reservations[{i}]"))],
            Speeds = conditions.Speeds ?? new Dictionary<string, double>(),
        };
        if (network.Reservations.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1) is { } again) throw new UsageException($"{path}: simulation.reservations: there are two named {again.Key}");
        foreach (var name in network.Failures.SelectMany(f => f.Sites).Where(name => sites.All(s => s.Name != name)))
            throw new UsageException($"{path}: simulation.failures: there is no site {name}");
        foreach (var (name, speed) in network.Speeds.Where(s => !(s.Value is > 0 and <= 1e6)))
            throw new UsageException($"{path}: simulation.speeds.{name}: {speed} isn't a speed over 0");
        foreach (var name in network.Speeds.Keys.Where(name => !sites.Any(s => s.Name == name || s.Pools.Any(p => p.Accelerator == name))))
            throw new UsageException($"{path}: simulation.speeds.{name}: there is no such site, and no accelerator written so");
        if (network.Contradiction() is { } contradiction) throw new UsageException($"{path}: simulation.reservations: {contradiction}");
        return conditions.Start is { } start ? network with { Start = Time(start, $"{path}: simulation.start") } : network;
    }

    private static Site SiteOf(SiteRequest? request, string where)
    {
        if (request is null) throw new UsageException($"{where}: is empty");
        if (string.IsNullOrEmpty(request.Name)) throw new UsageException($"{where}: name: is missing");
        var (site, errors) = SiteDeclaration.Simulated(request with { Engine = request.Engine ?? EngineSpec.Simulated });
        return site ?? throw new UsageException($"{where} ({request.Name}): {string.Join("; ", errors.Select(e => $"{e.Field}: {e.Message}"))}");
    }

    private static FailureRule FailureOf(FailureDeclaration? failure, string where)
    {
        if (failure is null) throw new UsageException($"{where}: is empty");
        if (!Enum.TryParse<Failing>(failure.Of, ignoreCase: true, out var of) || !Enum.IsDefined(of)) throw new UsageException($"{where}: of: use node, site or link");
        return new(of, Positive(failure.Mtbf, $"{where}: mtbf"), Positive(failure.Mttr, $"{where}: mttr")) { Sites = failure.Sites ?? [] };
    }

    private static Maintenance MaintenanceOf(MaintenanceDeclaration? window, List<Site> sites, string where)
    {
        if (window is null) throw new UsageException($"{where}: is empty");
        var site = sites.Find(s => s.Name == window.Site) ?? throw new UsageException($"{where}: site: there is no site {window.Site}");
        if (window.Pool is { } pool && site.Pools.All(p => p.Name != pool)) throw new UsageException($"{where}: pool: {site.Name} has no pool {pool}");
        if (window.Nodes is not null && window.Pool is null) throw new UsageException($"{where}: pool: say which pool the nodes are of");
        var (from, to) = (Span(window.From, $"{where}: from"), Span(window.To, $"{where}: to"));
        if (to <= from) throw new UsageException($"{where}: to: must be later than from");
        var (first, last) = Range(window.Nodes, where);
        if (site.Pools.FirstOrDefault(p => p.Name == window.Pool) is { } of && window.Nodes is not null && last > of.Nodes)
            throw new UsageException($"{where}: nodes: {window.Nodes}: pool {of.Name} has {of.Nodes}");
        return new(site.Name, from, to) { Pool = window.Pool, First = first, Last = last };
    }

    private static PlannedReservation ReservationOf(ReservationDeclaration? asked, List<Site> sites, string where)
    {
        if (asked is null) throw new UsageException($"{where}: is empty");
        if (string.IsNullOrEmpty(asked.Name)) throw new UsageException($"{where}: name: is missing");
        if (Names.Check(asked.Name) is { } wrong) throw new UsageException($"{where}: name: {wrong}");
        var site = sites.Find(s => s.Name == asked.Site) ?? throw new UsageException($"{where}: site: there is no site {asked.Site}");
        if (site.Engine.SchedulesItself) throw new UsageException($"{where}: site: {site.Name} has a queue of its own, where Yunhe reserves nothing");
        var pool = asked.Pool is null && site.Pools.Count == 1 ? site.Pools[0] : site.Pools.FirstOrDefault(p => p.Name == asked.Pool);
        if (pool is null) throw new UsageException($"{where}: pool: {site.Name} has no pool {asked.Pool}; it has {string.Join(", ", site.Pools.Select(p => p.Name))}");
        if (asked.Nodes < 1 || asked.Nodes > pool.Nodes) throw new UsageException($"{where}: nodes: {asked.Nodes} is out of range: 1 to {pool.Nodes}");
        if (asked.Project is { } project && Names.CheckProject(project) is { } bad) throw new UsageException($"{where}: project: {bad}");
        var (from, to) = (Span(asked.From, $"{where}: from"), Span(asked.To, $"{where}: to"));
        if (to <= from) throw new UsageException($"{where}: to: must be later than from");
        if (to > MostAhead || from < TimeSpan.Zero) throw new UsageException($"{where}: to: a reservation is over within {MostAhead.Days} days of the start");
        return new(asked.Name, site.Name, pool.Name, asked.Nodes, asked.Project, from, to);
    }

    private static (int First, int Last) Range(string? nodes, string where)
    {
        if (nodes is null) return (1, int.MaxValue);
        var parts = nodes.Split('-');
        if (parts.Length <= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first >= 1 && last >= first) return (first, last);
        throw new UsageException($"{where}: nodes: {nodes} isn't a number of a node or a range such as 1-16");
    }

    private static TimeSpan Positive(string? text, string where) =>
        Span(text, where) is var span && span > TimeSpan.Zero ? span : throw new UsageException($"{where}: must be over 0");

    private static TimeSpan Span(string? text, string where)
    {
        if (text is null) throw new UsageException($"{where}: is missing; a duration such as 12h or 365d");
        try
        {
            return text == "0" ? TimeSpan.Zero : Durations.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{where}: {e.Message}");
        }
    }

    private static DateTimeOffset Time(string text, string where) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.UtcDateTime.Year is >= 1970 and < 9000
            ? time : throw new UsageException($"{where}: {text} isn't a time such as 2026-03-01T00:00:00+08:00");
}
