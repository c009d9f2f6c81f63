using Yunhe.Contracts;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Yunhe.Cli.Sites;

/// <summary>Declarations in YAML or JSON with the names of the API.</summary>
internal static class Yaml
{
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">A longer one is refused.</param>
    /// <param name="what">What it should hold, for people: "a site".</param>
    public static T Read<T>(string path, long maxBytes, string what)
        where T : class
    {
        Files.MustExist(path);
        try
        {
            if (new FileInfo(path).Length > maxBytes) throw new UsageException($"{path} is longer than {maxBytes} bytes");
            return Parse<T>(File.ReadAllText(path), path, what);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"can't read {path}: {e.Message}");
        }
    }

    public static T Parse<T>(string text, string path, string what)
        where T : class
    {
        try
        {
            var builder = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithTypeMapping<IReadOnlyDictionary<string, string>, Dictionary<string, string>>()
                .WithTypeMapping<IReadOnlyDictionary<string, decimal>, Dictionary<string, decimal>>()
                .WithTypeMapping<IReadOnlyDictionary<string, double>, Dictionary<string, double>>()
                .WithTypeMapping<IReadOnlyList<string>, List<string>>()
                .WithTypeMapping<IReadOnlyList<decimal>, List<decimal>>()
                .WithTypeMapping<IReadOnlyList<PoolRequest>, List<PoolRequest>>()
                .WithTypeMapping<IReadOnlyList<SiteRequest>, List<SiteRequest>>()
                .WithTypeMapping<IReadOnlyList<Simulating.FailureDeclaration>, List<Simulating.FailureDeclaration>>()
                .WithTypeMapping<IReadOnlyList<Simulating.MaintenanceDeclaration>, List<Simulating.MaintenanceDeclaration>>()
                .WithTypeMapping<IReadOnlyList<Simulating.ReservationDeclaration>, List<Simulating.ReservationDeclaration>>()
                .WithNodeTypeResolver(new ReadOnlyCollections())
                .WithEnumNamingConvention(UnderscoredNamingConvention.Instance)
                .WithDuplicateKeyChecking();
            return builder.Build().Deserialize<T?>(text) ?? throw new UsageException($"{path} is empty");
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}:{e.Start.Line}:{e.Start.Column}: {Reason(e, what)}");
        }
    }

    private static string Reason(YamlException e, string what)
    {
        var text = e.InnerException?.Message ?? e.Message;
        if (e.InnerException is OverflowException) return "the number is too large";
        // What the library says of a wrong shape names types of this program.
        if (text.StartsWith("Invalid cast", StringComparison.Ordinal)) return text.Contains("List`1", StringComparison.Ordinal) ? "a list is expected here" : "fields are expected here, such as name: value";
        if (text.StartsWith("No node deserializer", StringComparison.Ordinal)) return "another shape is expected here: fields rather than a list, or the reverse";
        var at = text.IndexOf(" on type '", StringComparison.Ordinal);
        if (at < 0) return text;
        var part = text.Contains(nameof(PoolRequest), StringComparison.Ordinal) ? "a pool"
            : text.Contains(nameof(HourlyRequest), StringComparison.Ordinal) ? "values by hour"
            : text.Contains(nameof(SiteRequest), StringComparison.Ordinal) ? "a site" : what;
        return $"{text[..at]} of {part}{text[(text.IndexOf('\'', at + 10) + 1)..]}";
    }
}
