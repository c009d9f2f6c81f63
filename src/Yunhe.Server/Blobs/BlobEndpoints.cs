using Microsoft.AspNetCore.Http.Features;
using Yunhe.Contracts;
using Yunhe.Server.Http;

namespace Yunhe.Server.Blobs;

internal static class BlobEndpoints
{
    public static void MapBlobs(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Blobs).WithTags("Blobs");
        group.MapMethods("/{sha256}", [HttpMethods.Head], Head).WithName("HasBlob").WithSummary("Whether a tar is there already")
            .Produces(200).Produces<ProblemView>(404, "application/problem+json");
        group.MapPut("/{sha256}", PutAsync).WithName("PutBlob").WithSummary("Uploads a tar under its SHA-256; at most 20 GiB")
            .Accepts<Stream>("application/x-tar").Produces(201).Produces<ProblemView>(422, "application/problem+json");
    }

    private static void Head(string sha256, BlobStore blobs, HttpResponse response) =>
        response.ContentLength = blobs.SizeOf(Name(sha256)) ?? throw Problems.NotFound($"blob {sha256}");

    private static async Task<IResult> PutAsync(string sha256, BlobStore blobs, HttpContext http)
    {
        Name(sha256);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = BlobStore.MaxBytes;
        if (http.Request.ContentLength > BlobStore.MaxBytes) throw new ProblemException(413, "a blob has at most 20 GiB");
        if (blobs.SizeOf(sha256) is null) await blobs.WriteAsync(sha256, http.Request.Body, http.RequestAborted);
        return TypedResults.Created($"{Routes.Blobs}/{sha256}");
    }

    private static string Name(string sha256) => BlobStore.IsName(sha256)
        ? sha256
        : throw Problems.Fields(400, [("sha256", "must be 64 hexadecimal digits in lower case")]);
}
