using Yunhe.Contracts;
using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;
using Yunhe.Server.Workloads;

namespace Yunhe.Server.Census;

internal static class CensusEndpoints
{
    private const string Problem = "application/problem+json";
    private const int MostBytes = 16 << 20;
    private const int MostTold = 50;

    /// <summary>Over which use is counted where nothing else is asked for.</summary>
    private static readonly TimeSpan UsualPeriod = TimeSpan.FromDays(7);

    public static void MapCensus(this WebApplication app)
    {
        app.MapGet(Routes.Census, ShowAsync).WithTags("Census").WithName("GetCensus")
            .WithSummary("The network's capacity: attached sites by the catalogue and as measured, facilities that were declared, and use from 'from' until 'to'")
            .Produces<CensusDocument>().Produces<ProblemView>(400, Problem);
        var group = app.MapGroup(Routes.Facilities).WithTags("Census");
        group.MapGet("", async (ControlLoop loop) => await loop.ReadAsync(state => state.Facilities.ToList())).WithName("ListFacilities")
            .WithSummary("Facilities that are not attached, by name").Produces<IReadOnlyList<Facility>>();
        group.MapPut("", SetAsync).WithName("SetFacilities").WithSummary("Declares facilities, all or none; with replace=true those that are not named are removed")
            .Accepts<IReadOnlyList<Facility>>("application/json").Produces<FacilitiesSetView>().Produces<ProblemView>(409, Problem).Produces<ProblemView>(422, Problem);
        group.MapDelete("/{name}", RemoveAsync).WithName("RemoveFacility").WithSummary("Removes a facility").Produces(204).Produces<ProblemView>(404, Problem);
        app.MapPost(Routes.Sites + "/{name}/measurements", MeasuredAsync).WithTags("Sites").WithName("RecordMeasurement")
            .WithSummary("Takes in what a job measured at a site").Accepts<MeasurementRequest>("application/json")
            .Produces<MeasurementView>(201).Produces<ProblemView>(404, Problem).Produces<ProblemView>(409, Problem).Produces<ProblemView>(422, Problem);
    }

    private static async Task<CensusDocument> ShowAsync(ControlLoop loop, ServerOptions options, string? from, string? to)
    {
        var until = Queries.Time("to", to) ?? options.Time.GetUtcNow();
        var since = Queries.Time("from", from) ?? until - UsualPeriod;
        if (since >= until) throw Problems.Fields(400, [("from", $"{since:O} is not before {until:O}")]);
        var (network, sites, facilities, hours) = await loop.ReadAsync(state => (
            state.Network,
            state.Sites.Select(s => (s.Site, s.Pools, Measured: (IReadOnlyList<SiteMeasurement>)[.. state.MeasurementsOf(s.Site.Name).Select(m => m.Measurement)])).ToList(),
            state.Facilities.ToList(),
            state.Usage.Select(u => Within(u, since, until)).OfType<SiteHours>()
                .Concat(state.ForgottenUsage.Where(t => LiesIn(t.Day, since, until)).Select(t => new SiteHours(t.Site, t.CoreHours, t.AcceleratorHours))).ToList()));
        var attached = sites.Select(s => SiteFacilities.Of(s.Site, s.Pools, s.Measured)).OfType<Facility>().ToList();
        // An export has the sites too; imported again, they are not counted twice.
        var names = attached.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Title = new($"Computing of the network {network}", $"算力网络 {network} 的算力"),
            Level = CensusLevel.Network,
            Place = new(network, network),
            AsOf = DateOnly.FromDateTime(options.Time.GetUtcNow().UtcDateTime),
            Type = DataType.Fp32,
            Facilities = [.. attached, .. facilities.Where(f => !names.Contains(f.Name))],
            SourcesChinese = sites.Where(s => s.Pools.Count > 0).Select(s => (SiteFacilities.Of(s.Site, s.Pools, s.Measured)?.Source, Chinese: SiteFacilities.ChineseSource(s.Pools)))
                .Where(s => s.Source is not null).DistinctBy(s => s.Source).ToDictionary(s => s.Source!, s => s.Chinese, StringComparer.Ordinal),
            Use = MeteredUse.Of([.. sites.Select(s => (s.Site, s.Pools))], hours, since, until),
        };
    }

    /// <summary>The part of an attempt's hours that lies in the time asked for; null: none.</summary>
    private static SiteHours? Within(UsageRecord used, DateTimeOffset from, DateTimeOffset to)
    {
        var (begin, end) = (used.StartedAt > from ? used.StartedAt : from, used.EndedAt < to ? used.EndedAt : to);
        if (end < begin || (end == begin && used.EndedAt > used.StartedAt)) return null;
        var part = used.EndedAt > used.StartedAt ? (end - begin) / (used.EndedAt - used.StartedAt) : 1;
        return new(used.Site, used.CoreHours * part, used.AcceleratorHours * part);
    }

    private static bool LiesIn(DateOnly day, DateTimeOffset from, DateTimeOffset to) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) is var begins && begins >= from && begins < to;

    private static async Task<FacilitiesSetView> SetAsync(HttpRequest http, ControlLoop loop, bool? replace)
    {
        var facilities = await Bodies.ReadJsonAsync<IReadOnlyList<Facility>>(http, MostBytes);
        if (facilities.Count > FacilityCheck.MostFacilities) throw Problems.Fields(422, [("$", $"there are {facilities.Count} facilities; at most {FacilityCheck.MostFacilities}")]);
        var errors = facilities.SelectMany((f, i) => f is null ? [($"[{i}]", "is null")] : FacilityCheck.Check(f, null).Select(e => ($"[{i}].{e.Field}", e.Message))).Take(MostTold).ToList();
        if (errors.Count > 0) throw Problems.Fields(422, errors);
        await loop.AcceptedAsync(new SetFacilities(facilities, replace ?? false));
        return new(facilities.Count, await loop.ReadAsync(state => state.Facilities.Count));
    }

    private static async Task<IResult> RemoveAsync(string name, ControlLoop loop)
    {
        await loop.AcceptedAsync(new RemoveFacility(name));
        return TypedResults.NoContent();
    }

    private static async Task<IResult> MeasuredAsync(string name, HttpRequest http, ControlLoop loop)
    {
        var request = await Bodies.ReadJsonAsync<MeasurementRequest>(http);
        var errors = MeasurementMapping.Check(request, out var workload);
        if (errors.Count > 0) throw Problems.Fields(422, errors);
        await loop.AcceptedAsync(new RecordMeasurement(MeasurementMapping.MeasurementOf(name, request, workload)));
        var stored = await loop.ReadAsync(state => state.MeasurementsOf(name).First(m => m.Measurement.Pool == request.Pool));
        return TypedResults.Created($"{Routes.Sites}/{Uri.EscapeDataString(name)}", MeasurementMapping.View(stored));
    }
}
