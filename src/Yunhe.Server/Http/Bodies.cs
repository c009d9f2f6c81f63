using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Server.Http;

/// <summary>Bodies of requests: bounded, and with errors that say where.</summary>
internal static class Bodies
{
    public const int MaxBytes = 4 << 20;

    /// <summary>Up to here the rest of a body that is too long is read and dropped, so that the client sees why instead of a broken pipe.</summary>
    public const long MaxDropped = 256L << 20;

    /// <exception cref="ProblemException">Another media type, too long, or null.</exception>
    /// <exception cref="JsonException">Not JSON, or not this type.</exception>
    public static async Task<T> ReadJsonAsync<T>(HttpRequest request, int most = MaxBytes)
    {
        if (!request.HasJsonContentType()) throw new ProblemException(415, "the body must be JSON (Content-Type: application/json)");
        var body = await ReadBytesAsync(request, most);
        if (body.Length == 0) throw Problems.Fields(400, [("$", "the body is empty")]);
        return JsonSerializer.Deserialize<T>(body, Wire.Json) ?? throw Problems.Fields(400, [("$", "is null")]);
    }

    /// <exception cref="ProblemException">Too long.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request, int most = MaxBytes)
    {
        if (request.ContentLength > most) throw TooLong(most);
        using var whole = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        for (int n; (n = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            if (whole.Length + n > most) throw TooLong(most);
            whole.Write(buffer, 0, n);
        }

        return whole.ToArray();
    }

    private static ProblemException TooLong(int most) =>
        new(413, $"the body is too long: at most {most >> 20} MiB; data belongs into the workdir or file_mounts");
}
