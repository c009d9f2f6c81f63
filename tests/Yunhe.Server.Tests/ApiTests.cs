using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Routing;
using Yunhe.Contracts;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Tests;

public sealed class ApiTests
{
    [Fact]
    public async Task Without_the_token_only_health_is_answered()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        server.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal("ok", await server.Http.GetStringAsync("/healthz"));
        Assert.Equal("ok", await server.Http.GetStringAsync("/readyz"));
        foreach (var path in (string[])["/v1/workloads", "/v1/server", "/v1/watch", "/v1/nothing"])
            await TestServer.ProblemAsync(await server.Http.GetAsync(path), 401);
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        await TestServer.ProblemAsync(await server.Http.GetAsync("/v1/workloads"), 401);
    }

    [Fact]
    public async Task The_token_is_kept_for_its_user_alone_and_stays_the_same()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var server = await TestServer.StartAsync(withSite: false);
        var token = await File.ReadAllTextAsync(server.Options.TokenPath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Options.TokenPath));
        Assert.True(token.Trim().Length >= 43);
        await server.EndAsync();
        await server.BeginAsync();
        Assert.Equal(token, await File.ReadAllTextAsync(server.Options.TokenPath));
    }

    [Fact]
    public async Task An_address_that_is_taken_is_named()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var folder = Directory.CreateTempSubdirectory("yunhe-server-").FullName;
        var url = server.Http.BaseAddress!.ToString();
        var error = await Assert.ThrowsAsync<ServerStartException>(() =>
            YunheServer.RunAsync(server.Options with { DataDirectory = folder, Urls = [url] }, null, CancellationToken.None));
        Assert.Contains(url, error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://192.0.2.7:80")]
    [InlineData("nonsense")]
    public void An_address_that_other_machines_reach_has_to_be_allowed(string url)
    {
        var options = new ServerOptions { DataDirectory = Path.Combine(Path.GetTempPath(), "yunhe-never-made"), Urls = [url] };
        Assert.Throws<ServerStartException>(() => YunheServer.Build(options));
        Assert.False(Directory.Exists(options.DataDirectory));
    }

    [Theory]
    [InlineData("", 400, "")]
    [InlineData("null", 400, "$")]
    [InlineData("{}", 400, "is missing: 'program'")]
    [InlineData("{", 400, "")]
    [InlineData("""{"program":{"run":"x"},"nmae":"a"}""", 400, "nmae")]
    [InlineData("""{"program":{"run":"x"},"num_nodes":"three"}""", 400, "$.num_nodes")]
    [InlineData("""{"program":{"run":"x"},"num_nodes":99999999999999}""", 400, "$.num_nodes")]
    [InlineData("""{"program":{"run":"x"},"num_nodes":-1}""", 422, "num_nodes")]
    [InlineData("""{"program":{"run":"x"},"resources":[{"cpus":-2}]}""", 422, "resources[0].cpus")]
    [InlineData("""{"program":{"run":"x"},"name":"a; rm -rf /"}""", 422, "name")]
    [InlineData("""{"program":{"run":"x"},"outputs":["../secret"]}""", 422, "outputs[0]")]
    [InlineData("""{"program":{"run":"x"},"workdir":"0000000000000000000000000000000000000000000000000000000000000000"}""", 422, "workdir")]
    [InlineData("""{"program":{"run":"x"},"array":{"indices":"9-1"}}""", 422, "array.indices")]
    [InlineData("""{"program":{"run":"x"},"dependencies":[{"kind":"afterok","workload":"w99"}]}""", 422, "")]
    [InlineData("""{"program":{"run":"x"},"sites":["nowhere"]}""", 422, "")]
    public async Task A_wrong_workload_is_refused_with_the_place_of_what_is_wrong(string body, int status, string field)
    {
        await using var server = await TestServer.StartAsync();
        var problem = await TestServer.ProblemAsync(await server.PostTextAsync(body), status);
        if (field.Length > 0) Assert.Contains(field, problem.Detail + string.Join(' ', problem.Errors?.Keys ?? []), StringComparison.Ordinal);
        Assert.Empty((await server.GetAsync<Page<WorkloadSummary>>(Routes.Workloads)).Items);
    }

    [Fact]
    public async Task What_is_too_long_too_deep_or_not_text_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        await TestServer.ProblemAsync(await server.PostBytesAsync(new byte[50 << 20], "application/json"), 413);
        await TestServer.ProblemAsync(await server.PostTextAsync($$"""{"program":{{string.Concat(Enumerable.Repeat("{\"a\":", 100))}}1{{new string('}', 101)}}"""), 400);
        await TestServer.ProblemAsync(await server.PostBytesAsync([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)'}'], "application/json"), 400);
        await TestServer.ProblemAsync(await server.PostBytesAsync([0xff, 0xfe, 0x00], "application/yaml"), 400);
        Assert.Contains("text/plain", (await TestServer.ProblemAsync(await server.PostTextAsync("x", "text/plain"), 415)).Detail);
        await TestServer.ProblemAsync(await server.PostTextAsync("run: x\nunknown_key: 1\n", "application/yaml"), 400);
        await TestServer.ProblemAsync(await server.PostTextAsync("run: x\nworkdir: .\n", "application/yaml"), 422);
        using var longKey = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work(), (Routes.IdempotencyKey, new string('k', 256)));
        await TestServer.ProblemAsync(longKey, 400);
    }

    [Theory]
    [InlineData("/v1/workloads/w99", 404)]
    [InlineData("/v1/workloads/abc", 404)]
    [InlineData("/v1/workloads/w99/logs", 404)]
    [InlineData("/v1/workloads/w99/results", 404)]
    [InlineData("/v1/workloads/w99/watch", 404)]
    [InlineData("/v1/workloads/w99/tasks", 404)]
    [InlineData("/v1/workloads/w99/explain", 404)]
    [InlineData("/v1/quotes/q99", 404)]
    [InlineData("/v1/sites/nowhere", 404)]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/v1/workloads/w1/logs?attempt=0", 404)]
    [InlineData("/v1/workloads/w1/results?attempt=0", 404)]
    [InlineData("/v1/workloads?limit=0", 400)]
    [InlineData("/v1/workloads?limit=1001", 400)]
    [InlineData("/v1/workloads?limit=x", 400)]
    [InlineData("/v1/workloads?cursor=garbage", 400)]
    [InlineData("/v1/workloads?cursor=%2E%2E", 400)]
    [InlineData("/v1/workloads?phase=lost", 400)]
    [InlineData("/v1/usage?by=colour", 400)]
    [InlineData("/v1/usage?from=yesterday", 400)]
    public async Task A_wrong_question_is_answered_with_a_problem(string path, int status)
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("w1", await server.SubmitAsync(TestServer.Work()));
        await TestServer.ProblemAsync(await server.Http.GetAsync(path), status);
    }

    [Fact]
    public async Task Pages_have_no_gaps_and_no_repeats_while_new_workloads_arrive()
    {
        await using var server = await TestServer.StartAsync();
        for (var n = 0; n < 25; n++) await server.SubmitAsync(TestServer.Work($"old{n}"));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync<Page<WorkloadSummary>>($"/v1/workloads?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.Items.Select(w => w.Id));
            cursor = page.Next;
            await server.SubmitAsync(TestServer.Work("new"));
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(n => $"w{n}"), seen);
    }

    [Fact]
    public async Task Lists_are_filtered_by_phase_name_site_and_owner()
    {
        await using var server = await TestServer.StartAsync();
        await server.AddSiteAsync("beta");
        server.Machines.Program = launch => launch.Spec.Name.StartsWith("bad", StringComparison.Ordinal) ? ("", 3) : ("", 0);
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work("good") with { Sites = ["alpha"] }));
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work("bad") with { Sites = ["beta"] }));
        Assert.Equal(["w2"], await IdsAsync("phase=failed"));
        Assert.Equal(["w2", "w1"], await IdsAsync("phase=failed,succeeded"));
        Assert.Equal(["w1"], await IdsAsync("name=go"));
        Assert.Equal(["w2"], await IdsAsync("site=beta"));
        Assert.Equal(["w2", "w1"], await IdsAsync("owner=admin"));
        Assert.Empty(await IdsAsync("owner=nobody"));

        async Task<IEnumerable<string>> IdsAsync(string filter) =>
            (await server.GetAsync<Page<WorkloadSummary>>($"/v1/workloads?{filter}")).Items.Select(w => w.Id);
    }

    [Fact]
    public async Task A_site_is_edited_only_by_one_who_has_seen_its_latest_form()
    {
        await using var server = await TestServer.StartAsync();
        using var shown = await server.Http.GetAsync("/v1/sites/alpha");
        var site = (await TestServer.BodyAsync<SiteView>(shown)).Site;
        var tag = shown.Headers.ETag!.ToString();
        using var blind = await server.SendAsync(HttpMethod.Put, "/v1/sites/alpha", site with { Pue = 1.2 });
        await TestServer.ProblemAsync(blind, 428);
        using var first = await server.SendAsync(HttpMethod.Put, "/v1/sites/alpha", site with { Pue = 1.2 }, ("If-Match", tag));
        Assert.Equal(1.2, (await TestServer.BodyAsync<SiteView>(first)).Site.Pue);
        using var late = await server.SendAsync(HttpMethod.Put, "/v1/sites/alpha", site with { Pue = 1.3 }, ("If-Match", tag));
        await TestServer.ProblemAsync(late, 412);
        using var wrong = await server.SendAsync(HttpMethod.Put, "/v1/sites/alpha", site with { Pue = 0.3 }, ("If-Match", "*"));
        await TestServer.ProblemAsync(wrong, 422);
    }

    [Fact]
    public async Task A_site_is_added_once_drained_resumed_and_removed()
    {
        await using var server = await TestServer.StartAsync();
        using var again = await server.SendAsync(HttpMethod.Post, Routes.Sites, TestServer.Site("alpha"));
        await TestServer.ProblemAsync(again, 409);
        using var unknown = await server.SendAsync(HttpMethod.Post, Routes.Sites, TestServer.Site("beta") with { Engine = "abacus" });
        Assert.Contains("engine", (await TestServer.ProblemAsync(unknown, 422)).Errors!.Keys);
        Assert.Equal("drained", (await server.PostAsync<SiteView>("/v1/sites/alpha/drain")).Status);
        Assert.NotEqual("drained", (await server.PostAsync<SiteView>("/v1/sites/alpha/resume")).Status);
        Assert.Equal(204, (int)(await server.Http.DeleteAsync("/v1/sites/alpha")).StatusCode);
        Assert.Empty(await server.GetAsync<IReadOnlyList<SiteView>>(Routes.Sites));
    }

    [Fact]
    public async Task A_setting_that_its_engine_can_not_use_is_refused_and_says_how_to_mend_it()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var site = TestServer.Site("alpha");
        var local = await server.SendAsync(HttpMethod.Post, Routes.Sites, site with { Settings = new Dictionary<string, string> { ["conf"] = "x" } });
        Assert.Contains("unknown setting 'conf'", (await TestServer.ProblemAsync(local, 422)).Errors!["settings"][0], StringComparison.Ordinal);
        var slurm = await server.SendAsync(HttpMethod.Post, Routes.Sites, site with { Engine = "slurm", Pools = [] });
        Assert.Contains("work_folder is missing", (await TestServer.ProblemAsync(slurm, 422)).Errors!["settings"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_is_kept_under_its_own_hash_only()
    {
        await using var server = await TestServer.StartAsync();
        var bytes = RandomNumberGenerator.GetBytes(6 << 20);
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(404, (int)(await HeadAsync(sha)).StatusCode);
        using var wrong = await server.Http.PutAsync($"/v1/blobs/{new string('0', 64)}", new ByteArrayContent(bytes));
        await TestServer.ProblemAsync(wrong, 422);
        using var right = await server.Http.PutAsync($"/v1/blobs/{sha}", new ByteArrayContent(bytes));
        Assert.Equal(201, (int)right.StatusCode);
        Assert.Equal(bytes.Length, (await HeadAsync(sha)).Content.Headers.ContentLength);
        using var bad = await server.Http.PutAsync("/v1/blobs/..%2fadmin.token", new ByteArrayContent(bytes));
        await TestServer.ProblemAsync(bad, 400);
        Assert.Equal([sha], Directory.GetFiles(server.Options.BlobFolder).Select(Path.GetFileName));
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work() with { Workdir = sha }));

        Task<HttpResponseMessage> HeadAsync(string name) => server.SendAsync(HttpMethod.Head, $"/v1/blobs/{name}", null);
    }

    [Fact]
    public async Task The_openapi_document_describes_every_route()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var document = JsonDocument.Parse(await server.Http.GetStringAsync("/openapi/v1.json"));
        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = document.RootElement.GetProperty("paths");
        var described = paths.EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (Route: $"{o.Name.ToUpperInvariant()} {p.Name}", Operation: o.Value))).ToList();
        Assert.All(described, d => Assert.False(string.IsNullOrEmpty(d.Operation.GetProperty("summary").GetString()), d.Route));
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(m => $"{m} {e.RoutePattern.RawText!.TrimEnd('/')}"))
            .Where(r => r.Contains("/v1/", StringComparison.Ordinal) && !r.Contains("openapi", StringComparison.Ordinal));
        Assert.Empty(routes.Except(described.Select(d => d.Route), StringComparer.Ordinal));
        var fields = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("WorkloadRequest").GetProperty("properties");
        Assert.True(fields.TryGetProperty("time_limit_seconds", out _));
    }

    [Fact]
    public async Task Metrics_tell_what_was_submitted_and_how_it_ended()
    {
        await using var server = await TestServer.StartAsync();
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work()));
        var text = await server.Http.GetStringAsync("/metrics");
        foreach (var name in (string[])["yunhe_submissions_total", "yunhe_placements_total", "yunhe_attempts_ended_total", "yunhe_queue_length",
            "yunhe_commit_duration_seconds", "yunhe_observe_duration_seconds", "yunhe_effects_pending"])
            Assert.Contains(name, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_the_wire_are_those_of_the_domain()
    {
        Assert.Equal(Enum.GetNames<Phase>(), Enum.GetNames<PhaseWord>());
        Assert.Equal(Enum.GetNames<Objective>(), Enum.GetNames<ObjectiveWord>());
        Assert.Equal(Enum.GetNames<ProgramKind>(), Enum.GetNames<ProgramWord>());
        Assert.Equal("After AfterAny AfterOk AfterNotOk AfterCorresponding", string.Join(' ', Enum.GetNames<DependencyKind>()));
        Assert.Equal("After Afterany Afterok Afternotok Aftercorr", string.Join(' ', Enum.GetNames<DependencyWord>()));
    }
}
