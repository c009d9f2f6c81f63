using Yunhe.Cli.Sites;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Siting;

/// <summary>A request for a plan of sites, in YAML or JSON with the names of the API.</summary>
internal static class SitingFile
{
    private const long MaxBytes = 8L * 1024 * 1024;

    public static SitingRequest Read(string path) => Yaml.Read<SitingRequest>(path, MaxBytes, "a request for sites");

    /// <exception cref="UsageException">All that is wrong, a line each.</exception>
    public static void MustBeSound(string path, SitingRequest request)
    {
        var wrong = SitingCheck.Check(request);
        if (wrong.Count > 0) throw new UsageException(string.Join($"{Environment.NewLine}error: ", wrong.Select(w => $"{path}: {w.Field}: {w.Message}")));
    }
}
