using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Server.Tests;

public sealed class CensusTests
{
    private static readonly Facility Planned = new()
    {
        Name = "中卫 二期", Kind = SiteKind.Intelligent, Status = FacilityStatus.Planned, Date = new(2027, 6, 30), Place = new("West", "宁夏", "中卫市"), Capacity = [new("fp16", 5000m)],
    };

    [Fact]
    public async Task The_census_counts_attached_sites_and_declared_facilities_and_survives_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        var set = await TestServer.BodyAsync<FacilitiesSetView>(await server.SendAsync(HttpMethod.Put, Routes.Facilities, new[] { Planned }));
        Assert.Equal(new FacilitiesSetView(1, 1), set);
        await server.EndAsync();
        await server.BeginAsync();
        var census = await server.GetAsync<CensusDocument>(Routes.Census);
        Assert.Equal(["alpha", Planned.Name], census.Facilities.Select(f => f.Name));
        Assert.True(census.Facilities[1].Same(Planned));
        Assert.Equal(64 * 40 / 1e6m, Tally.Of(census.Facilities[0], DataType.Fp64));
        Assert.Equal(0, census.Use!.Total.CoreHours);
    }

    [Fact]
    public async Task All_facilities_are_taken_or_none_and_what_is_wrong_is_told_by_its_place()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var problem = await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Put, Routes.Facilities, new[] { Planned, Planned with { Name = "b", Pue = 0.5, Date = null } }), 422);
        Assert.Equal(["[1].date", "[1].pue"], problem.Errors!.Keys.Order(StringComparer.Ordinal));
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Put, Routes.Facilities, new[] { Planned, Planned }), 422);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Put, Routes.Facilities, JsonDocument.Parse("""[{"name":"a"}]""").RootElement), 400);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Put, Routes.Facilities, JsonDocument.Parse("""[null]""").RootElement), 422);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Put, Routes.Facilities, JsonDocument.Parse("""[{"name":"a","place":null,"capacity":[null]}]""").RootElement), 422);
        Assert.Empty(await server.GetAsync<IReadOnlyList<Facility>>(Routes.Facilities));
    }

    [Fact]
    public async Task Replacing_removes_what_is_not_named_and_one_can_be_removed()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await server.SendAsync(HttpMethod.Put, Routes.Facilities, new[] { Planned, Planned with { Name = "b" }, Planned with { Name = "c" } });
        await server.SendAsync(HttpMethod.Put, Routes.Facilities + "?replace=true", new[] { Planned with { Name = "c" }, Planned with { Name = "d" } });
        Assert.Equal(["c", "d"], (await server.GetAsync<IReadOnlyList<Facility>>(Routes.Facilities)).Select(f => f.Name));
        Assert.Equal(204, (int)(await server.SendAsync(HttpMethod.Delete, Routes.Facilities + "/d", null)).StatusCode);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Delete, Routes.Facilities + "/d", null), 404);
    }

    [Fact]
    public async Task A_measurement_names_the_job_that_made_it_and_stands_beside_the_nominal_figure()
    {
        await using var server = await TestServer.StartAsync();
        var measured = new MeasurementRequest { Pool = "main", Workload = "w1", Nodes = 1, Cores = 64, Processors = [new("fp64", 1500), new("fp32", 3000)], MemoryGbPerSecond = 80 };
        const string Path = Routes.Sites + "/alpha/measurements";
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Path, measured), 422);
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Path, measured), 409);
        server.Machines.Jobs.Values.Single().End(0, null, DateTimeOffset.UtcNow);
        await server.UntilEndedAsync(id);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Routes.Sites + "/nowhere/measurements", measured), 404);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Path, measured with { Pool = "other" }), 422);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Path, measured with { Processors = [new("fp64", 1e30)] }), 422);
        await TestServer.ProblemAsync(await server.SendAsync(HttpMethod.Post, Path, measured with { Processors = [new("fp63", 1)] }), 422);
        var kept = await TestServer.BodyAsync<MeasurementView>(await server.SendAsync(HttpMethod.Post, Path, measured));
        Assert.Equal(80, kept.Measured.MemoryGbPerSecond);

        await server.EndAsync();
        await server.BeginAsync();
        Assert.Equal(1500, Assert.Single((await server.GetAsync<SiteView>(Routes.Sites + "/alpha")).Measurements!).Measured.Processors[0].Gigaflops);
        var census = await server.GetAsync<CensusDocument>(Routes.Census);
        Assert.Equal(0.0015m, census.Facilities[0].Capacity.Single(c => c.Type == "fp64").MeasuredPetaflops);
        Assert.True(census.Use!.Total.CoreHours > 0);
        Assert.True(census.Use.Total.CoreUtilisation > 0);

        var site = (await server.GetAsync<SiteView>(Routes.Sites + "/alpha")).Site;
        Assert.NotNull((await EditAsync(site with { Pue = 1.1 })).Measurements);
        Assert.Null((await EditAsync(site with { Pools = [site.Pools[0] with { Cpus = 8 }] })).Measurements);

        async Task<SiteView> EditAsync(SiteRequest edited) => await TestServer.BodyAsync<SiteView>(await server.SendAsync(HttpMethod.Put, Routes.Sites + "/alpha", edited, ("If-Match", "*")));
    }

    [Theory]
    [InlineData("?from=yesterday", 400)]
    [InlineData("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400)]
    public async Task A_wrong_time_is_refused(string query, int status)
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await TestServer.ProblemAsync(await server.Http.GetAsync(Routes.Census + query), status);
    }
}
