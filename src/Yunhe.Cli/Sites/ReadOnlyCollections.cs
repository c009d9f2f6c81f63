using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Yunhe.Cli.Sites;

/// <summary>Read-only lists and dictionaries of any type are read into lists and dictionaries.</summary>
internal sealed class ReadOnlyCollections : INodeTypeResolver
{
    public bool Resolve(NodeEvent? nodeEvent, ref Type currentType)
    {
        if (!currentType.IsGenericType) return false;
        var generic = currentType.GetGenericTypeDefinition();
        var made = generic == typeof(IReadOnlyList<>) ? typeof(List<>) : generic == typeof(IReadOnlyDictionary<,>) ? typeof(Dictionary<,>) : null;
        if (made is null) return false;
        currentType = made.MakeGenericType(currentType.GetGenericArguments());
        return true;
    }
}
