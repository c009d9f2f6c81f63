using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Yunhe.Contracts.Client;

/// <summary>
/// Sends calls: a refusal becomes an <see cref="ApiException"/>; a lost connection, 429, 502, 503 and 504 are tried again where the
/// call may be repeated. A server that has never answered gets one second chance only, so that "no server" is said at once.
/// </summary>
internal sealed class Transport(HttpClient http, TimeProvider time)
{
    private const int MaxTries = 8;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private volatile bool answered;

    public Uri Server => http.BaseAddress ?? throw new InvalidOperationException("the HttpClient has no BaseAddress");

    /// <param name="make">Makes the request anew for each try.</param>
    /// <param name="repeatable">Whether doing it twice does no harm.</param>
    /// <returns>A successful response whose headers are read; its body is not.</returns>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, bool repeatable, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var last = !repeatable || attempt >= (answered ? MaxTries : 2);
            HttpResponseMessage response;
            try
            {
                using var request = make();
                response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            }
            catch (HttpRequestException lost) when (last)
            {
                throw Unreachable(lost);
            }
            catch (HttpRequestException)
            {
                await PauseAsync(attempt, null, cancel).ConfigureAwait(false);
                continue;
            }

            answered = true;
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                if (last || !IsPassing(response.StatusCode))
                    throw new ApiException((int)response.StatusCode, await ProblemOfAsync(response, cancel).ConfigureAwait(false));
                await PauseAsync(attempt, response.Headers.RetryAfter?.Delta, cancel).ConfigureAwait(false);
            }
        }
    }

    public async Task<T> ReadAsync<T>(Func<HttpRequestMessage> make, bool repeatable, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var response = await SendAsync(make, repeatable, cancel).ConfigureAwait(false);
            try
            {
                return await ParseAsync<T>(response, cancel).ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException && repeatable && attempt < MaxTries)
            {
                await PauseAsync(attempt, null, cancel).ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException)
            {
                throw Unreachable(lost);
            }
        }
    }

    /// <summary>Waits before try number <paramref name="attempt"/> + 1: doubling, with a limit.</summary>
    public Task PauseAsync(int attempt, TimeSpan? asked, CancellationToken cancel)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 10));
        var delay = asked ?? doubled;
        return Task.Delay(delay < MaxDelay ? delay : MaxDelay, time, cancel);
    }

    public ServerUnreachableException Unreachable(Exception lost) =>
        new(Server, (lost.InnerException ?? lost).Message, lost);

    private static async Task<T> ParseAsync<T>(HttpResponseMessage response, CancellationToken cancel)
    {
        var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            return await JsonSerializer.DeserializeAsync<T>(body, Lenient, cancel).ConfigureAwait(false)
                ?? throw new JsonException("the server answered null");
        }
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static async Task<ProblemView> ProblemOfAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var bare = new ProblemView { Status = (int)response.StatusCode, Title = response.ReasonPhrase };
        if (!IsJson(response.Content.Headers.ContentType)) return bare;
        try
        {
            return await ParseAsync<ProblemView>(response, cancel).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return bare;
        }
    }

    private static bool IsJson(MediaTypeHeaderValue? type) =>
        type?.MediaType is { } name && (name.EndsWith("/json", StringComparison.Ordinal) || name.EndsWith("+json", StringComparison.Ordinal));

    /// <summary>A newer server may say more than this client knows.</summary>
    internal static readonly JsonSerializerOptions Lenient = new(Wire.Json)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };
}
