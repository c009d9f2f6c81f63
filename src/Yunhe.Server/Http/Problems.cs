using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Yunhe.Contracts;
using Yunhe.Contracts.Dialects;
using Yunhe.Core.Control;
using Yunhe.Server.Control;
using Yunhe.Server.Mapping;
using Yunhe.Storage;

namespace Yunhe.Server.Http;

/// <summary>A request that can't be answered as it is; becomes its problem at the edge.</summary>
internal sealed class ProblemException(ProblemView problem) : Exception(problem.Detail)
{
    public ProblemException(int status, string detail)
        : this(Problems.Of(status, detail))
    {
    }

    public ProblemView Problem => problem;
}

/// <summary>RFC 9457 problems: everything that goes wrong is told in this form.</summary>
internal static class Problems
{
    private const string MediaType = "application/problem+json";

    /// <summary>Linux' ENOSPC, EDQUOT; what .NET gives as the HResult of an IOException.</summary>
    private static readonly int[] NoSpace = [28, 122];

    public static ProblemView Of(int status, string detail) =>
        new() { Type = "about:blank", Title = ReasonPhrases.GetReasonPhrase(status), Status = status, Detail = detail };

    public static ProblemException Fields(int status, IEnumerable<(string Field, string Message)> errors)
    {
        var byField = errors.GroupBy(e => e.Field).ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(e => e.Message)]);
        var detail = string.Join("; ", byField.Select(e => $"{e.Key}: {string.Join(", ", e.Value)}"));
        return new(Of(status, detail) with { Errors = byField });
    }

    /// <summary>What no endpoint was asked for: another path, method or media type.</summary>
    public static ProblemView Unmatched(HttpContext http) => Of(http.Response.StatusCode, http.Response.StatusCode == 415
        ? $"{http.Request.Method} {http.Request.Path} doesn't take Content-Type '{http.Request.ContentType}': /openapi/v1.json says which it takes"
        : $"{http.Request.Method} {http.Request.Path} is not part of the API");

    public static ProblemException NotFound(string what) => new(404, $"there is no {what}");

    public static ProblemException Of(Refusal refusal)
    {
        var status = refusal.Kind switch
        {
            RefusalKind.NotFound => 404,
            RefusalKind.Conflict => 409,
            _ => 422,
        };
        return new(Of(status, refusal.Message) with
        {
            Candidates = refusal.Candidates.Count == 0 ? null : [.. refusal.Candidates.Select(c => Decisions.View(c, null))],
        });
    }

    public static async Task WriteAsync(HttpContext http, ProblemView problem)
    {
        http.Response.StatusCode = problem.Status ?? 500;
        if (problem.Status == 503) http.Response.Headers.RetryAfter = "1";
        if (problem.Status == 401) http.Response.Headers.WWWAuthenticate = "Bearer";
        if (HttpMethods.IsHead(http.Request.Method)) return;
        await http.Response.WriteAsJsonAsync(problem with { Instance = http.Request.Path }, Wire.Json, MediaType);
    }

    /// <summary>Null: a bug.</summary>
    public static ProblemView? Of(Exception e) => e switch
    {
        ProblemException problem => problem.Problem,
        OverloadedException => Of(503, e.Message),
        StoreFullException => Of(507, e.Message),
        IOException when NoSpace.Contains(e.HResult) => Of(507, "the server's disk is full: free some space; nothing stored is lost"),
        DialectException dialect => Fields(400, dialect.Errors.Select(d => (d.Where, d.Message))).Problem,
        JsonException json => Fields(400, [(PathOf(json), Short(json))]).Problem,
        BadHttpRequestException bad => Of(bad.StatusCode, bad.Message),
        _ => null,
    };

    private static string PathOf(JsonException e) =>
        e.Path is { Length: > 0 } path ? path : $"line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}";

    /// <summary>Without the place, which is given apart, and without names of .NET types.</summary>
    private static string Short(JsonException e)
    {
        var message = e.Message;
        var cut = message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (cut < 0) cut = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        message = cut < 0 ? message : message[..cut];
        const string Missing = "was missing required properties including: ";
        if (message.IndexOf(Missing, StringComparison.Ordinal) is >= 0 and var at) return $"is missing: {message[(at + Missing.Length)..].TrimEnd('.')}";
        return message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal)
            ? $"there is no such field: {Quoted(message)}"
            : message.Contains("could not be converted to", StringComparison.Ordinal)
                ? $"the value is of the wrong kind or out of range (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1})"
                : message;
    }

    private static string Quoted(string message) => message.Split('\'') is { Length: > 1 } parts ? parts[1] : message;
}

/// <summary>Everything that endpoints throw, as a problem; a bug is logged in full and told without its insides.</summary>
internal sealed partial class ProblemHandler(ILogger<ProblemHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken cancel)
    {
        if (exception is OperationCanceledException && http.RequestAborted.IsCancellationRequested) return true;
        var problem = Problems.Of(exception);
        if (problem is null) LogBug(exception, http.Request.Method, http.Request.Path);
        await Problems.WriteAsync(http, problem ?? Problems.Of(500, "a bug in the server; its log has the details"));
        return true;
    }

    [LoggerMessage(20, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogBug(Exception bug, string method, string path);
}
