using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Yunhe.Server.Http;

/// <summary>The one token that opens the API: 256 random bits, made at the first start, in a file only its user can read.</summary>
internal sealed class AdminToken
{
    private const string Scheme = "Bearer ";
    private readonly byte[] hash;

    private AdminToken(string token) => hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static AdminToken LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var part = path + ".part";
            using (var file = new FileStream(part, options))
                file.Write(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "\n"));
            File.Move(part, path);
        }

        return new(File.ReadAllText(path).Trim());
    }

    /// <summary>Compares hashes, so that the time it takes says nothing of the token.</summary>
    public bool Opens(HttpRequest request)
    {
        var given = request.Headers.Authorization.ToString();
        return given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim())), hash);
    }
}

internal static class Authentication
{
    /// <summary>Owner of what the holder of the admin token hands in.</summary>
    public const string Admin = "admin";

    /// <summary>Health is open; figures and the API's description are too, for callers on this machine.</summary>
    public static void UseToken(this WebApplication app, AdminToken token) => app.Use((http, next) =>
    {
        if (IsOpen(http) || token.Opens(http.Request)) return next(http);
        return Problems.WriteAsync(http, Problems.Of(401, "wants Authorization: Bearer TOKEN; the token is in admin.token of the data directory"));
    });

    private static bool IsOpen(HttpContext http)
    {
        var path = http.Request.Path;
        if (path == "/healthz" || path == "/readyz") return true;
        return (path == "/metrics" || path.StartsWithSegments("/openapi")) && http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from);
    }
}
