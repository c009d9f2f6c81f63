using Yunhe.Core.Network;
using Yunhe.Engines.Local;
using Yunhe.Engines.Slurm;

namespace Yunhe.Engines;

/// <summary>The adapters there are, by the name that a site's declaration gives.</summary>
public static class EngineFactory
{
    public static readonly IReadOnlyList<string> Types = [EngineSpec.Local, EngineSpec.Slurm];

    /// <summary>What is wrong with the settings of an engine; null: nothing.</summary>
    public static string? Problem(string type, IReadOnlyDictionary<string, string> settings)
    {
        if (type != EngineSpec.Slurm)
            return settings.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } name ? $"unknown setting '{name}': engine {type} has none" : null;
        try
        {
            SlurmSettings.Parse(settings);
            return null;
        }
        catch (SlurmSettingsException e)
        {
            return e.Message;
        }
    }

    /// <exception cref="ArgumentException">There is no such engine, or a setting of it is wrong.</exception>
    public static IEngine Open(EngineContext context) => context.Site.Engine.Type switch
    {
        EngineSpec.Local => new LocalEngine(context),
        EngineSpec.Slurm => SlurmEngine.Create(context),
        var type => throw new ArgumentException($"there is no engine {type}: use {string.Join(" or ", Types)}"),
    };
}
