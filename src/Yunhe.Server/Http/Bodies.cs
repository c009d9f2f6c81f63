using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Server.Http;

/// <summary>Bodies of requests: bounded, and with errors that say where.</summary>
internal static class Bodies
{
    public const long MaxBytes = 4 << 20;

    /// <exception cref="ProblemException">Another media type, not JSON, or not this type.</exception>
    public static async Task<T> ReadJsonAsync<T>(HttpRequest request)
    {
        if (!request.HasJsonContentType()) throw new ProblemException(415, "the body must be JSON (Content-Type: application/json)");
        return await JsonSerializer.DeserializeAsync<T>(request.Body, Wire.Json, request.HttpContext.RequestAborted)
            ?? throw Problems.Fields(400, [("$", "is null")]);
    }

    public static async Task<byte[]> ReadBytesAsync(HttpRequest request)
    {
        using var whole = new MemoryStream();
        await request.Body.CopyToAsync(whole, request.HttpContext.RequestAborted);
        return whole.ToArray();
    }
}
