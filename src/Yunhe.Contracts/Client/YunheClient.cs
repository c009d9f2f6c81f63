using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Yunhe.Contracts.Client;

/// <summary>Filters of a list of workloads; null: any.</summary>
public sealed record WorkloadFilter
{
    public PhaseWord? Phase { get; init; }

    public string? Name { get; init; }

    public string? Site { get; init; }

    public string? Owner { get; init; }

    public string? Project { get; init; }
}

/// <summary>
/// The API, typed. The server's refusals are <see cref="ApiException"/>; <see cref="ServerUnreachableException"/> says that nothing
/// answers. Calls that may be repeated are, with a limit.
/// </summary>
/// <param name="http">With a BaseAddress and the Authorization header; its Timeout must be infinite, for logs are long.</param>
public sealed partial class YunheClient(HttpClient http, TimeProvider? time = null)
{
    private readonly Transport transport = new(http, time ?? TimeProvider.System);

    public Uri Address => transport.Server;

    /// <summary>A client of its own connections.</summary>
    public static YunheClient Connect(Uri server, string? token)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        var http = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new YunheClient(http);
    }

    /// <param name="idempotencyKey">The same key with the same workload gives the same workload's ID, however often it is sent.</param>
    public Task<SubmittedView> SubmitAsync(WorkloadRequest request, string idempotencyKey, CancellationToken cancel) =>
        transport.ReadAsync<SubmittedView>(
            () =>
            {
                var message = Json(HttpMethod.Post, Routes.Workloads, request);
                message.Headers.Add(Routes.IdempotencyKey, idempotencyKey);
                return message;
            },
            repeatable: true,
            cancel);

    public Task<QuoteView> QuoteAsync(WorkloadRequest request, CancellationToken cancel) =>
        transport.ReadAsync<QuoteView>(() => Json(HttpMethod.Post, Routes.Quotes, request), repeatable: true, cancel);

    public Task<QuoteView> QuoteAsync(string id, CancellationToken cancel) => GetAsync<QuoteView>(Query.Item(Routes.Quotes, id), cancel);

    public Task<Page<WorkloadSummary>> WorkloadsAsync(WorkloadFilter filter, int limit, string? cursor, CancellationToken cancel) =>
        GetAsync<Page<WorkloadSummary>>(
            Query.Of(
                Routes.Workloads,
                ("limit", limit),
                ("cursor", cursor),
                ("phase", filter.Phase),
                ("name", filter.Name),
                ("site", filter.Site),
                ("owner", filter.Owner),
                ("project", filter.Project)),
            cancel);

    public Task<WorkloadView> WorkloadAsync(string id, CancellationToken cancel) =>
        GetAsync<WorkloadView>(Query.Item(Routes.Workloads, id), cancel);

    public Task<Page<TaskView>> TasksAsync(string id, PhaseWord? phase, int limit, string? cursor, CancellationToken cancel) =>
        GetAsync<Page<TaskView>>(
            Query.Of(Query.Item(Routes.Workloads, id, "/tasks"), ("limit", limit), ("cursor", cursor), ("phase", phase)), cancel);

    public Task<ExplainView> ExplainAsync(string id, int? task, CancellationToken cancel) =>
        GetAsync<ExplainView>(Query.Of(Query.Item(Routes.Workloads, id, "/explain"), ("task", task)), cancel);

    public Task<WorkloadSummary> CancelAsync(string id, CancellationToken cancel) =>
        PostAsync<WorkloadSummary>(Query.Item(Routes.Workloads, id, "/cancel"), cancel);

    public Task<IReadOnlyList<SiteView>> SitesAsync(CancellationToken cancel) => GetAsync<IReadOnlyList<SiteView>>(Routes.Sites, cancel);

    public Task<SiteView> SiteAsync(string name, CancellationToken cancel) => GetAsync<SiteView>(Query.Item(Routes.Sites, name), cancel);

    public Task<SiteView> AddSiteAsync(SiteRequest site, CancellationToken cancel) =>
        transport.ReadAsync<SiteView>(() => Json(HttpMethod.Post, Routes.Sites, site), repeatable: false, cancel);

    /// <summary>Replaces what is declared of a site, if it is still at <paramref name="revision"/>; else 412.</summary>
    public Task<SiteView> EditSiteAsync(SiteRequest site, int revision, CancellationToken cancel) =>
        transport.ReadAsync<SiteView>(
            () =>
            {
                var message = Json(HttpMethod.Put, Query.Item(Routes.Sites, site.Name), site);
                message.Headers.TryAddWithoutValidation("If-Match", $"\"{revision}\"");
                return message;
            },
            repeatable: false,
            cancel);

    public async Task RemoveSiteAsync(string name, CancellationToken cancel)
    {
        using var response = await transport
            .SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, Query.Item(Routes.Sites, name)), repeatable: false, cancel)
            .ConfigureAwait(false);
    }

    public Task<SiteView> DrainSiteAsync(string name, CancellationToken cancel) =>
        PostAsync<SiteView>(Query.Item(Routes.Sites, name, "/drain"), cancel);

    public Task<SiteView> ResumeSiteAsync(string name, CancellationToken cancel) =>
        PostAsync<SiteView>(Query.Item(Routes.Sites, name, "/resume"), cancel);

    public Task<IReadOnlyList<ProjectView>> ProjectsAsync(CancellationToken cancel) => GetAsync<IReadOnlyList<ProjectView>>(Routes.Projects, cancel);

    public Task<ProjectView> ProjectAsync(string name, CancellationToken cancel) => GetAsync<ProjectView>(ProjectPath(name), cancel);

    /// <summary>Declares it, or replaces what is declared of it.</summary>
    public Task<ProjectView> SetProjectAsync(ProjectRequest project, CancellationToken cancel) =>
        transport.ReadAsync<ProjectView>(() => Json(HttpMethod.Put, ProjectPath(project.Name), project), repeatable: true, cancel);

    public async Task RemoveProjectAsync(string name, CancellationToken cancel)
    {
        using var response = await transport
            .SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, ProjectPath(name)), repeatable: false, cancel)
            .ConfigureAwait(false);
    }

    public Task<IReadOnlyList<ReservationView>> ReservationsAsync(CancellationToken cancel) => GetAsync<IReadOnlyList<ReservationView>>(Routes.Reservations, cancel);

    public Task<ReservationView> ReservationAsync(string name, CancellationToken cancel) => GetAsync<ReservationView>(Query.Item(Routes.Reservations, name), cancel);

    public Task<ReservationView> AddReservationAsync(ReservationRequest reservation, CancellationToken cancel) =>
        transport.ReadAsync<ReservationView>(() => Json(HttpMethod.Post, Routes.Reservations, reservation), repeatable: false, cancel);

    public async Task RemoveReservationAsync(string name, CancellationToken cancel)
    {
        using var response = await transport
            .SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, Query.Item(Routes.Reservations, name)), repeatable: false, cancel)
            .ConfigureAwait(false);
    }

    public Task<SharingView> SharingAsync(CancellationToken cancel) => GetAsync<SharingView>(Routes.Sharing, cancel);

    public Task<SharingView> SetSharingAsync(SharingView sharing, CancellationToken cancel) =>
        transport.ReadAsync<SharingView>(() => Json(HttpMethod.Put, Routes.Sharing, sharing), repeatable: true, cancel);

    private static string ProjectPath(string name) => $"{Routes.Projects}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";

    /// <param name="by">workload, name, site, owner, project or day.</param>
    public Task<UsageView> UsageAsync(string by, DateTimeOffset? from, DateTimeOffset? to, string? owner, CancellationToken cancel) =>
        GetAsync<UsageView>(Query.Of(Routes.Usage, ("by", by), ("from", from), ("to", to), ("owner", owner)), cancel);

    /// <summary>The network as it is, as JSON for simulations.</summary>
    public async Task<byte[]> SnapshotAsync(CancellationToken cancel)
    {
        using var response = await transport
            .SendAsync(() => new HttpRequestMessage(HttpMethod.Get, Routes.Snapshot), repeatable: true, cancel).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
    }

    public Task<ServerView> ServerAsync(CancellationToken cancel) => GetAsync<ServerView>(Routes.Server, cancel);

    /// <summary>Uploads a tar unless the server has it already.</summary>
    /// <param name="sha256">Of its bytes, in lower-case hex.</param>
    /// <param name="open">Opens it from the start; called again for each try.</param>
    /// <returns>Whether it had to be sent.</returns>
    public async Task<bool> UploadAsync(string sha256, Func<Stream> open, CancellationToken cancel)
    {
        var path = Query.Item(Routes.Blobs, sha256);
        if (await HasAsync(path, cancel).ConfigureAwait(false)) return false;
        using var response = await transport.SendAsync(
            () =>
            {
                var content = new StreamContent(open());
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
                return new HttpRequestMessage(HttpMethod.Put, path) { Content = content };
            },
            repeatable: true,
            cancel).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> HasAsync(string path, CancellationToken cancel)
    {
        try
        {
            using var response = await transport
                .SendAsync(() => new HttpRequestMessage(HttpMethod.Head, path), repeatable: true, cancel).ConfigureAwait(false);
            return true;
        }
        catch (ApiException refusal) when (refusal.Status == (int)HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private Task<T> GetAsync<T>(string path, CancellationToken cancel) =>
        transport.ReadAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, path), repeatable: true, cancel);

    private Task<T> PostAsync<T>(string path, CancellationToken cancel) =>
        transport.ReadAsync<T>(() => new HttpRequestMessage(HttpMethod.Post, path), repeatable: true, cancel);

    private static HttpRequestMessage Json<T>(HttpMethod method, string path, T body) =>
        new(method, path) { Content = JsonContent.Create(body, new MediaTypeHeaderValue("application/json"), Wire.Json) };
}
