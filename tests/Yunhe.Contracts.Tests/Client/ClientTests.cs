using System.Net;
using System.Text;
using Yunhe.Contracts.Client;

namespace Yunhe.Contracts.Tests.Client;

public sealed class ClientTests
{
    private const string Accepted = """{"id": "w1", "phase": "queued", "repeated": false, "warnings": [], "of_a_newer_server": 1}""";
    private static readonly WorkloadRequest Request = new() { Program = new() { Kind = ProgramWord.Command, Command = ["true"] } };

    [Fact]
    public async Task A_busy_server_is_asked_again_with_the_same_key()
    {
        var keys = new List<string>();
        var client = Client((request, call) =>
        {
            keys.Add(request.Headers.GetValues(Routes.IdempotencyKey).Single());
            return call < 3 ? new(HttpStatusCode.ServiceUnavailable) : Json(HttpStatusCode.Created, Accepted);
        });
        Assert.Equal("w1", (await client.SubmitAsync(Request, "key", CancellationToken.None)).Id);
        Assert.Equal(["key", "key", "key"], keys);
    }

    [Fact]
    public async Task A_lost_connection_is_made_again()
    {
        var client = Client((_, call) => call == 1 ? throw new HttpRequestException("lost") : Json(HttpStatusCode.Created, Accepted));
        Assert.Equal("w1", (await client.SubmitAsync(Request, "key", CancellationToken.None)).Id);
    }

    [Fact]
    public async Task What_may_not_be_repeated_is_sent_once()
    {
        var calls = 0;
        var client = Client((_, call) =>
        {
            calls = call;
            throw new HttpRequestException("lost");
        });
        await Assert.ThrowsAsync<ServerUnreachableException>(() => client.AddSiteAsync(new() { Name = "x", Engine = "local" }, CancellationToken.None));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_problem_becomes_an_exception_with_its_fields()
    {
        var client = Client((_, _) => Json(
            HttpStatusCode.UnprocessableEntity, """{"status": 422, "detail": "no", "errors": {"name": ["is too long"]}}""", "application/problem+json"));
        var refusal = await Assert.ThrowsAsync<ApiException>(() => client.SubmitAsync(Request, "key", CancellationToken.None));
        Assert.Equal((422, "no"), (refusal.Status, refusal.Message));
        Assert.Equal(["is too long"], refusal.Problem.Errors!["name"]);
    }

    [Fact]
    public async Task An_error_page_that_is_no_problem_is_told_by_its_status()
    {
        var client = Client((_, _) => new(HttpStatusCode.NotFound) { Content = new StringContent("<html>") });
        Assert.Equal(404, (await Assert.ThrowsAsync<ApiException>(() => client.WorkloadAsync("w1", CancellationToken.None))).Status);
    }

    [Fact]
    public async Task A_log_goes_on_at_the_byte_where_the_connection_broke()
    {
        var offsets = new List<string>();
        var client = Client((request, call) =>
        {
            offsets.Add(System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query)["offset"]!);
            Stream body = call == 1 ? new Breaking("hello "u8.ToArray()) : new MemoryStream("world"u8.ToArray());
            return new(HttpStatusCode.OK) { Content = new StreamContent(body) };
        });
        using var output = new MemoryStream();
        Assert.Equal(11, await client.CopyLogAsync(new("w1"), 0, true, output, CancellationToken.None));
        Assert.Equal("hello world", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(["0", "6"], offsets);
    }

    [Fact]
    public async Task Watching_goes_on_behind_the_last_change_seen()
    {
        var seen = new List<string?>();
        var client = Client((request, call) =>
        {
            seen.Add(request.Headers.TryGetValues("Last-Event-ID", out var ids) ? ids.Single() : null);
            Stream body = call == 1 ? new Breaking(Encoding.UTF8.GetBytes(Event(1) + Event(2))) : new MemoryStream(Encoding.UTF8.GetBytes(Event(2) + Event(3)));
            return new(HttpStatusCode.OK) { Content = new StreamContent(body) };
        });
        var versions = new List<long>();
        await foreach (var change in client.WatchAsync("w1", null, CancellationToken.None)) versions.Add(change.Version);
        Assert.Equal([1, 2, 3], versions);
        Assert.Equal([null, "2"], seen);
    }

    [Fact]
    public async Task A_blob_that_is_there_already_is_not_sent_again()
    {
        var methods = new List<string>();
        var client = Client((request, _) =>
        {
            methods.Add(request.Method.Method);
            return new(HttpStatusCode.OK);
        });
        Assert.False(await client.UploadAsync(new string('a', 64), () => new MemoryStream([1]), CancellationToken.None));
        Assert.Equal(["HEAD"], methods);
    }

    private static string Event(long version) =>
        $"event: attempt-started\nid: {version}\ndata: {{\"version\": {version}, \"at\": \"2026-01-01T00:00:00Z\", \"kind\": \"attempt-started\"}}\n\n";

    private static HttpResponseMessage Json(HttpStatusCode status, string text, string type = "application/json") =>
        new(status) { Content = new StringContent(text, Encoding.UTF8, type) };

    private static YunheClient Client(Func<HttpRequestMessage, int, HttpResponseMessage> answer) =>
        new(new HttpClient(new Answering(answer)) { BaseAddress = new("http://127.0.0.1:1") });

    private sealed class Answering(Func<HttpRequestMessage, int, HttpResponseMessage> answer) : HttpMessageHandler
    {
        private int calls;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request, ++calls));
    }

    /// <summary>Gives some bytes, then breaks as a lost connection does.</summary>
    private sealed class Breaking(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var n = await base.ReadAsync(buffer, cancellationToken);
            return n > 0 ? n : throw new HttpIOException(HttpRequestError.ResponseEnded, "lost");
        }
    }
}
