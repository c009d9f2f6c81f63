using Yunhe.Core.Network;
using Yunhe.Engines.Local;
using Yunhe.Engines.Slurm;

namespace Yunhe.Engines;

/// <summary>The adapters there are, by the name that a site's declaration gives.</summary>
public static class EngineFactory
{
    public static readonly IReadOnlyList<string> Types = [EngineSpec.Local, EngineSpec.Slurm];

    /// <exception cref="ArgumentException">There is no such engine, or a setting of it is wrong.</exception>
    public static IEngine Open(EngineContext context) => context.Site.Engine.Type switch
    {
        EngineSpec.Local => new LocalEngine(context),
        EngineSpec.Slurm => SlurmEngine.Create(context),
        var type => throw new ArgumentException($"there is no engine {type}: use {string.Join(" or ", Types)}"),
    };
}
