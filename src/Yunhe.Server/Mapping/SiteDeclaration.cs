using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Server.Sites;

namespace Yunhe.Server.Mapping;

/// <summary>What an operator declares, taken as the server takes it; for those who read a site from a file without a server.</summary>
public static class SiteDeclaration
{
    /// <summary>
    /// A site that is simulated. Engine "local" or "simulated": Yunhe packs its nodes; "slurm": it has a queue of its own. Either declares
    /// its pools, and no settings of the engine count.
    /// </summary>
    /// <returns>Null, and by field what is wrong.</returns>
    public static (Site? Site, IReadOnlyList<(string Field, string Message)> Errors) Simulated(SiteRequest request)
    {
        var type = request.Engine switch
        {
            EngineSpec.Local or EngineSpec.Simulated => EngineSpec.Simulated,
            EngineSpec.Slurm => EngineSpec.Slurm,
            _ => null,
        };
        if (type is null) return (null, [("engine", $"{request.Engine} can't be simulated: use simulated or slurm")]);
        var errors = SiteCheck.Check(request with { Engine = EngineSpec.Local, Settings = new Dictionary<string, string>() }, out var kind);
        return errors.Count > 0 ? (null, errors) : (SiteMapping.SiteOf(request, kind) with { Engine = new(type, new Dictionary<string, string>()) }, []);
    }
}
