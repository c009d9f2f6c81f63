using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;
using Yunhe.Server.Workloads;

namespace Yunhe.Server.Sites;

internal static class SiteEndpoints
{
    private const string Problem = "application/problem+json";

    public static void MapSites(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Sites).WithTags("Sites");
        group.MapGet("", ListAsync).WithName("ListSites").WithSummary("All sites, by name").Produces<IReadOnlyList<SiteView>>();
        group.MapPost("", AddAsync).WithName("AddSite").WithSummary("Attaches a site").Accepts<SiteRequest>("application/json")
            .Produces<SiteView>(201).Produces<ProblemView>(409, Problem).Produces<ProblemView>(422, Problem);
        group.MapGet("/{name}", ShowAsync).WithName("GetSite").WithSummary("One site; its ETag is what PUT wants")
            .Produces<SiteView>().Produces<ProblemView>(404, Problem);
        group.MapPut("/{name}", EditAsync).WithName("EditSite").WithSummary("Replaces what is declared of a site; wants If-Match")
            .Accepts<SiteRequest>("application/json")
            .Produces<SiteView>().Produces<ProblemView>(404, Problem).Produces<ProblemView>(412, Problem).Produces<ProblemView>(428, Problem);
        group.MapDelete("/{name}", RemoveAsync).WithName("RemoveSite").WithSummary("Detaches a site that holds nothing any more")
            .Produces(204).Produces<ProblemView>(404, Problem).Produces<ProblemView>(409, Problem);
        group.MapPost("/{name}/drain", (string name, ControlLoop loop, HttpResponse http) => DrainAsync(name, true, loop, http))
            .WithName("DrainSite").WithSummary("It finishes what it runs and gets nothing new").Produces<SiteView>().Produces<ProblemView>(404, Problem);
        group.MapPost("/{name}/resume", (string name, ControlLoop loop, HttpResponse http) => DrainAsync(name, false, loop, http))
            .WithName("ResumeSite").WithSummary("It gets new work again").Produces<SiteView>().Produces<ProblemView>(404, Problem);
    }

    private static async Task<IReadOnlyList<SiteView>> ListAsync(ControlLoop loop) =>
        [.. (await loop.ReadAsync(state => state.Sites.Select(s => (Site: s, Measured: state.MeasurementsOf(s.Site.Name).ToList(), Active: state.ActiveAt(s.Site.Name).Count)).ToList()))
            .Select(s => SiteMapping.View(s.Site, s.Measured, s.Active))];

    private static async Task<IResult> AddAsync(HttpRequest http, ControlLoop loop)
    {
        var site = await ReadAsync(http);
        await loop.AcceptedAsync(new AddSite(site));
        return TypedResults.Created($"{Routes.Sites}/{Uri.EscapeDataString(site.Name)}", await ViewAsync(site.Name, loop, http.HttpContext.Response));
    }

    private static Task<SiteView> ShowAsync(string name, ControlLoop loop, HttpResponse http) => ViewAsync(name, loop, http);

    private static async Task<SiteView> EditAsync(string name, HttpRequest http, ControlLoop loop)
    {
        var revision = Revision(http);
        var edited = await ReadAsync(http);
        if (edited.Name != name) throw Problems.Fields(422, [("name", $"must be {name}: a site can't be renamed")]);
        var before = (await FindAsync(name, loop)).Site;
        if (revision is { } expected && expected != before.Revision)
            throw new ProblemException(412, $"site {name} was changed meanwhile: it is at revision {before.Revision}, not {expected}; read it again");
        await loop.AcceptedAsync(new EditSite(edited, revision ?? before.Revision));
        return await ViewAsync(name, loop, http.HttpContext.Response);
    }

    private static async Task<IResult> RemoveAsync(string name, ControlLoop loop)
    {
        await loop.AcceptedAsync(new RemoveSite(name));
        return TypedResults.NoContent();
    }

    private static async Task<SiteView> DrainAsync(string name, bool drained, ControlLoop loop, HttpResponse http)
    {
        await loop.AcceptedAsync(new DrainSite(name, drained));
        return await ViewAsync(name, loop, http);
    }

    private static async Task<Site> ReadAsync(HttpRequest http)
    {
        var request = await Bodies.ReadJsonAsync<SiteRequest>(http);
        var errors = SiteCheck.Check(request, out var kind);
        return errors.Count == 0 ? SiteMapping.SiteOf(request, kind) : throw Problems.Fields(422, errors);
    }

    private static async Task<SiteState> FindAsync(string name, ControlLoop loop) =>
        await loop.ReadAsync(state => state.Site(name)) ?? throw Problems.NotFound($"site {name}");

    private static async Task<SiteView> ViewAsync(string name, ControlLoop loop, HttpResponse response)
    {
        var (site, measured, active) = await loop.ReadAsync(state => (state.Site(name), state.MeasurementsOf(name).ToList(), state.ActiveAt(name).Count));
        var view = SiteMapping.View(site ?? throw Problems.NotFound($"site {name}"), measured, active);
        response.Headers.ETag = $"\"{view.Revision}\"";
        return view;
    }

    /// <summary>Null: any ("*").</summary>
    private static int? Revision(HttpRequest http)
    {
        var tag = http.Headers.IfMatch.ToString();
        if (tag.Length == 0) throw new ProblemException(428, "wants If-Match with the ETag that GET gave, so that nobody's change is lost");
        if (tag == "*") return null;
        return int.TryParse(tag.Trim('"'), out var revision) ? revision : throw new ProblemException(412, $"{tag} is no ETag of this site");
    }
}
