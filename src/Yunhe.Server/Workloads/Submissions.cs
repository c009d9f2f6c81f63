using Yunhe.Contracts;
using Yunhe.Contracts.Dialects;
using Yunhe.Core.Workloads;
using Yunhe.Server.Blobs;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;

namespace Yunhe.Server.Workloads;

/// <summary>What was handed in, checked, in the domain's terms.</summary>
internal sealed record Submission(WorkloadSpec Spec, string? Quote, IReadOnlyList<string> Warnings);

/// <summary>Reads a workload from a request in any of its forms.</summary>
internal sealed class Submissions(BlobStore blobs, ServerOptions options)
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string Script = "text/x-shellscript";

    private static readonly Dictionary<string, string> NoEnvironment = [];

    /// <exception cref="ProblemException">All that is wrong with it.</exception>
    /// <exception cref="DialectException">All that is wrong with its text.</exception>
    public async Task<Submission> ReadAsync(HttpRequest http)
    {
        var (request, warnings) = await RequestAsync(http);
        var errors = RequestCheck.Check(request);
        if (errors.Count > 0) throw Problems.Fields(422, errors.Select(e => (e.Field, e.Message)));
        return new(Specs.SpecOf(request, InputBytes(request)), request.Quote, warnings);
    }

    private async Task<(WorkloadRequest Request, IReadOnlyList<string> Warnings)> RequestAsync(HttpRequest http)
    {
        var type = http.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        switch (type)
        {
            case Json: return (await Bodies.ReadJsonAsync<WorkloadRequest>(http), []);
            case Yaml or "application/x-yaml" or "text/yaml": return Read("task.yaml", await Bodies.ReadBytesAsync(http));
            case Script: return Read("job.sbatch", await Bodies.ReadBytesAsync(http));
            default: throw new ProblemException(415, $"Content-Type must be {Json}, {Yaml} or {Script}");
        }
    }

    private (WorkloadRequest Request, IReadOnlyList<string> Warnings) Read(string fileName, byte[] text)
    {
        var draft = DialectReader.Read(fileName, text, [], new(options.Time.GetUtcNow(), NoEnvironment));
        if (draft.Workdir is not null || draft.FileMounts.Count > 0)
        {
            throw Problems.Fields(422, [(draft.Workdir is null ? "file_mounts" : "workdir",
                "names files on your machine, which the server can't see: hand it in with the yunhe command, or upload a tar to /v1/blobs and send JSON")]);
        }

        return (draft.Request, draft.Warnings);
    }

    private long InputBytes(WorkloadRequest request)
    {
        var named = request.FileMounts.Select((m, i) => (Field: $"file_mounts[{i}].sha256", m.Sha256));
        if (request.Workdir is { } workdir) named = named.Prepend(("workdir", workdir));
        var found = named.Select(n => (n.Field, n.Sha256, Size: blobs.SizeOf(n.Sha256))).ToList();
        var missing = found.Where(f => f.Size is null).ToList();
        return missing.Count == 0
            ? found.Sum(f => f.Size!.Value)
            : throw Problems.Fields(422, missing.Select(f => (f.Field, $"is not uploaded yet: PUT it to {Routes.Blobs}/{f.Sha256} first")));
    }
}
