using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Units;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Workloads;

namespace Yunhe.Server.Reservations;

internal static class ReservationEndpoints
{
    private const string Problem = "application/problem+json";

    public static void MapReservations(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Reservations).WithTags("Reservations");
        group.MapGet("", ListAsync).WithName("ListReservations").WithSummary("Reservations that are not over, by name").Produces<IReadOnlyList<ReservationView>>();
        group.MapPost("", AddAsync).WithName("AddReservation").WithSummary("Reserves nodes of a pool for a project or for maintenance")
            .Accepts<ReservationRequest>("application/json").Produces<ReservationView>(201).Produces<ProblemView>(409, Problem).Produces<ProblemView>(422, Problem);
        group.MapGet("/{name}", ShowAsync).WithName("GetReservation").WithSummary("One reservation").Produces<ReservationView>().Produces<ProblemView>(404, Problem);
        group.MapDelete("/{name}", RemoveAsync).WithName("RemoveReservation").WithSummary("It is over from now on; what it did not use until now is charged")
            .Produces(204).Produces<ProblemView>(404, Problem);
    }

    private static Task<IReadOnlyList<ReservationView>> ListAsync(ControlLoop loop, ServerOptions options)
    {
        var now = options.Time.GetUtcNow();
        return loop.ReadAsync<IReadOnlyList<ReservationView>>(state => [.. state.Reservations.Select(r => View(state, r, now))]);
    }

    private static async Task<ReservationView> ShowAsync(string name, ControlLoop loop, ServerOptions options)
    {
        var now = options.Time.GetUtcNow();
        return await loop.ReadAsync(state => state.Reservation(name) is { } found ? View(state, found, now) : null) ?? throw Problems.NotFound($"reservation {name}");
    }

    private static async Task<IResult> AddAsync(HttpRequest http, ControlLoop loop, ServerOptions options)
    {
        var request = await Bodies.ReadJsonAsync<ReservationRequest>(http);
        var errors = ReservationCheck.Check(request);
        if (errors.Count > 0) throw Problems.Fields(422, errors.Select(e => (e.Field, e.Message)));
        var site = await loop.ReadAsync(state => state.Site(request.Site)) ?? throw Problems.Fields(422, [("site", $"there is no site {request.Site}")]);
        await loop.AcceptedAsync(new AddReservation(SpecOf(request, site)));
        return TypedResults.Created($"{Routes.Reservations}/{Uri.EscapeDataString(request.Name)}", await ShowAsync(request.Name, loop, options));
    }

    private static async Task<IResult> RemoveAsync(string name, ControlLoop loop)
    {
        await loop.AcceptedAsync(new RemoveReservation(name));
        return TypedResults.NoContent();
    }

    private static ReservationSpec SpecOf(ReservationRequest r, SiteState site)
    {
        var pool = r.Pool is { } name ? site.Pools.FirstOrDefault(p => p.Name == name) : site.Pools.Count == 1 ? site.Pools[0] : null;
        var pools = string.Join(", ", site.Pools.Select(p => p.Name));
        if (pool is null && !site.Site.Engine.SchedulesItself)
            throw Problems.Fields(422, [("pool", r.Pool is null ? $"{r.Site} has several pools, say which: {pools}" : $"{r.Site} has no pool {r.Pool}; it has {pools}")]);
        return new()
        {
            Name = r.Name,
            Site = r.Site,
            Pool = pool?.Name ?? r.Pool ?? "",
            Nodes = r.Nodes ?? Nodes("cpus", r.Cpus, pool?.PerNode.Cpus) ?? Nodes("accelerators", r.Accelerators, pool?.PerNode.Accelerators) ?? 0,
            Project = r.Project,
            From = r.From,
            To = r.To,
            Rate = r.Rate is { } rate ? Money.FromDecimal(rate) : null,
            Owner = Authentication.Admin,
        };
    }

    /// <summary>As many whole nodes as hold so many.</summary>
    private static int? Nodes(string field, int? asked, int? each) =>
        asked is not { } count ? null
        : each is > 0 and var has ? (int)(((long)count + has - 1) / has)
        : throw Problems.Fields(422, [(field, "nodes of the pool have none")]);

    private static ReservationView View(State state, Reservation r, DateTimeOffset now)
    {
        var site = state.Site(r.Of.Site)!;
        var pool = site.Pools.FirstOrDefault(p => p.Name == r.Of.Pool);
        string NameOf(int number) => pool?.NodeName(r.Of.Site, number) ?? $"{number}";
        return new()
        {
            Reservation = new()
            {
                Name = r.Of.Name, Site = r.Of.Site, Pool = r.Of.Pool, Nodes = r.Of.Nodes, Project = r.Of.Project, From = r.Of.From, To = r.Of.To, Rate = r.Of.Rate?.ToDecimal(),
            },
            Owner = r.Of.Owner,
            Nodes = [.. r.Numbers.Select(NameOf)],
            Down = [.. r.DownIn(site).Select(NameOf)],
            Status = r.Begun ? "active" : "upcoming",
            ReservedNodeHours = State.ReservedTicks(r, now) / (double)TimeSpan.TicksPerHour,
            UsedNodeHours = state.UsedTicks(r, now) / (double)TimeSpan.TicksPerHour,
        };
    }
}
