using Yunhe.Contracts;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Yunhe.Cli.Sites;

/// <summary>A site's declaration in YAML or JSON: the fields of <see cref="SiteRequest"/>.</summary>
internal static class SiteFile
{
    private const int MaxBytes = 1024 * 1024;

    public static SiteRequest Read(string path)
    {
        Files.MustExist(path);
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new UsageException($"{path} is longer than {MaxBytes} bytes");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"can't read {path}: {e.Message}");
        }
    }

    public static SiteRequest Parse(string text, string path)
    {
        try
        {
            var yaml = new DeserializerBuilder()
                .WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithTypeMapping<IReadOnlyList<PoolRequest>, List<PoolRequest>>()
                .WithTypeMapping<IReadOnlyList<decimal>, List<decimal>>()
                .WithTypeMapping<IReadOnlyDictionary<string, string>, Dictionary<string, string>>()
                .WithTypeMapping<IReadOnlyDictionary<string, decimal>, Dictionary<string, decimal>>()
                .WithDuplicateKeyChecking()
                .Build();
            var site = yaml.Deserialize<SiteRequest?>(text) ?? throw new UsageException($"{path} is empty");
            if (string.IsNullOrEmpty(site.Name)) throw new UsageException($"{path}: name: is missing");
            return string.IsNullOrEmpty(site.Engine) ? throw new UsageException($"{path}: engine: is missing; use local or slurm") : site;
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}:{e.Start.Line}:{e.Start.Column}: {Reason(e)}");
        }
    }

    private static string Reason(YamlException e) =>
        (e.InnerException?.Message ?? e.Message).Replace($" on type '{typeof(SiteRequest).FullName}'", " of a site", StringComparison.Ordinal)
            .Replace($" on type '{typeof(PoolRequest).FullName}'", " of a pool", StringComparison.Ordinal)
            .Replace($" on type '{typeof(HourlyRequest).FullName}'", " of values by hour", StringComparison.Ordinal);
}
