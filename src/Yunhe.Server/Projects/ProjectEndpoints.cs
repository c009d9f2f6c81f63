using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;
using Yunhe.Server.Workloads;

namespace Yunhe.Server.Projects;

internal static class ProjectEndpoints
{
    private const string Problem = "application/problem+json";
    private const double MostSeconds = 366 * 24 * 3600;

    public static void MapProjects(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Projects).WithTags("Projects");
        group.MapGet("", ListAsync).WithName("ListProjects").WithSummary("All projects with their shares, by name").Produces<IReadOnlyList<ProjectView>>();
        Shown(group.MapGet("/{name}", ShowAsync), "GetProject");
        Shown(group.MapGet("/{tenant}/{name}", (string tenant, string name, ControlLoop loop, ServerOptions options) =>
            ShowAsync($"{tenant}/{name}", loop, options)), "GetProjectOfTenant");
        Declared(group.MapPut("/{name}", SetAsync), "SetProject");
        Declared(group.MapPut("/{tenant}/{name}", (string tenant, string name, HttpRequest http, ControlLoop loop, ServerOptions options) =>
            SetAsync($"{tenant}/{name}", http, loop, options)), "SetProjectOfTenant");
        Removed(group.MapDelete("/{name}", RemoveAsync), "RemoveProject");
        Removed(group.MapDelete("/{tenant}/{name}", (string tenant, string name, ControlLoop loop) =>
            RemoveAsync($"{tenant}/{name}", loop)), "RemoveProjectOfTenant");
        app.MapGet(Routes.Sharing, async (ControlLoop loop) => View(await loop.ReadAsync(state => state.SharePolicy))).WithTags("Projects")
            .WithName("GetSharing").WithSummary("How usage is remembered, and who goes first").Produces<SharingView>();
        app.MapPut(Routes.Sharing, SetSharingAsync).WithTags("Projects").WithName("SetSharing").WithSummary("Says how usage is remembered, and who goes first")
            .Accepts<SharingView>("application/json").Produces<SharingView>().Produces<ProblemView>(422, Problem);
    }

    private static void Shown(RouteHandlerBuilder route, string name) =>
        route.WithName(name).WithSummary("One project, or a tenant with all its projects").Produces<ProjectView>().Produces<ProblemView>(404, Problem);

    private static void Declared(RouteHandlerBuilder route, string name) =>
        route.WithName(name).WithSummary("Declares a project, or replaces what is declared of it").Accepts<ProjectRequest>("application/json")
            .Produces<ProjectView>(201).Produces<ProjectView>().Produces<ProblemView>(400, Problem).Produces<ProblemView>(422, Problem);

    private static void Removed(RouteHandlerBuilder route, string name) =>
        route.WithName(name).WithSummary("Removes a project that has no work and no projects of its own any more")
            .Produces(204).Produces<ProblemView>(404, Problem).Produces<ProblemView>(409, Problem);

    private static async Task<IReadOnlyList<ProjectView>> ListAsync(ControlLoop loop, ServerOptions options)
    {
        var now = options.Time.GetUtcNow();
        return [.. (await loop.ReadAsync(state => state.Projects.Select(p => state.ShareOf(p.Name, now)!).ToList())).Select(ProjectMapping.View)];
    }

    private static async Task<ProjectView> ShowAsync(string name, ControlLoop loop, ServerOptions options) =>
        await loop.ReadAsync(state => state.ShareOf(name, options.Time.GetUtcNow())) is { } share
            ? ProjectMapping.View(share)
            : throw Problems.NotFound($"project {name}");

    private static async Task<IResult> SetAsync(string name, HttpRequest http, ControlLoop loop, ServerOptions options)
    {
        var request = await Bodies.ReadJsonAsync<ProjectRequest>(http);
        if (request.Name.Length > 0 && request.Name != name) throw Problems.Fields(422, [("name", $"must be {name}: a project can't be renamed")]);
        var errors = ProjectCheck.Check(request with { Name = name });
        if (errors.Count > 0) throw Problems.Fields(422, errors.Select(e => (e.Field, e.Message)));
        var isNew = await loop.ReadAsync(state => state.Project(name) is null);
        await loop.AcceptedAsync(new SetProject(ProjectMapping.ProjectOf(request with { Name = name })));
        var view = await ShowAsync(name, loop, options);
        return isNew ? TypedResults.Created($"{Routes.Projects}/{Uri.EscapeDataString(name)}", view) : TypedResults.Ok(view);
    }

    private static async Task<IResult> RemoveAsync(string name, ControlLoop loop)
    {
        await loop.AcceptedAsync(new RemoveProject(name));
        return TypedResults.NoContent();
    }

    private static async Task<SharingView> SetSharingAsync(HttpRequest http, ControlLoop loop)
    {
        var request = await Bodies.ReadJsonAsync<SharingView>(http);
        if (request.HalfLifeSeconds is { } asked && !(asked is >= 0 and <= MostSeconds))
            throw Problems.Fields(422, [("half_life_seconds", "is out of range: 60 to 31622400 (366 days)")]);
        var before = await loop.ReadAsync(state => state.SharePolicy);
        await loop.AcceptedAsync(new SetSharePolicy(before with
        {
            HalfLife = request.HalfLifeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : before.HalfLife,
            Order = request.Order is { } order ? (WaitingOrder)order : before.Order,
            PlacesTogether = request.Together ?? before.PlacesTogether,
            Backfill = request.Backfill is { } backfill ? (Backfilling)backfill : before.Backfill,
        }));
        return View(await loop.ReadAsync(state => state.SharePolicy));
    }

    private static SharingView View(SharePolicy policy) =>
        new() { HalfLifeSeconds = policy.HalfLife.TotalSeconds, Order = (OrderWord)policy.Order, Together = policy.PlacesTogether, Backfill = (BackfillWord)policy.Backfill };
}
