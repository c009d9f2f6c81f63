using Yunhe.Contracts;

namespace Yunhe.Cli.Sites;

/// <summary>A site's declaration in YAML or JSON: the fields of <see cref="SiteRequest"/>.</summary>
internal static class SiteFile
{
    private const int MaxBytes = 1024 * 1024;

    public static SiteRequest Read(string path) => Checked(Yaml.Read<SiteRequest>(path, MaxBytes, "a site"), path);

    public static SiteRequest Parse(string text, string path) => Checked(Yaml.Parse<SiteRequest>(text, path, "a site"), path);

    private static SiteRequest Checked(SiteRequest site, string path) =>
        string.IsNullOrEmpty(site.Name) ? throw new UsageException($"{path}: name: is missing")
        : string.IsNullOrEmpty(site.Engine) ? throw new UsageException($"{path}: engine: is missing; use local or slurm")
        : site;
}
