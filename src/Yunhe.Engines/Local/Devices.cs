using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Local;

/// <summary>
/// Which accelerators a rank may see. All nodes of a local site are this machine: its devices are numbered through, pool by pool as
/// declared and node by node.
/// </summary>
internal static class Devices
{
    /// <summary>The variable and its value; null where Yunhe chose no cards, or the vendor has no such variable.</summary>
    public static KeyValuePair<string, string>? Of(Launch launch, Site site, int rank)
    {
        if (launch.Requirement.Accelerator is not { } model || VariableOf(model) is not { } variable) return null;
        if (launch.Cards is not { } cards || rank >= cards.Count) return null;
        var first = 0;
        foreach (var pool in site.Pools)
        {
            if (pool.Name != launch.Pool)
            {
                first += pool.Nodes * pool.PerNode.Accelerators;
                continue;
            }
            var number = Enumerable.Range(1, pool.Nodes).FirstOrDefault(n => pool.NodeName(site.Name, n) == launch.Nodes[rank], 1);
            first += (number - 1) * pool.PerNode.Accelerators;
            var devices = Enumerable.Range(0, 64).Where(i => (cards[rank] >> i & 1) != 0).Select(i => (first + i).ToString(CultureInfo.InvariantCulture));
            return new(variable, string.Join(',', devices));
        }
        return null;
    }

    /// <summary>As each vendor's runtime reads it: NVIDIA CUDA, AMD and Hygon HIP, Huawei Ascend CANN.</summary>
    private static string? VariableOf(string model) =>
        Is(model, "ASCEND") ? "ASCEND_RT_VISIBLE_DEVICES"
        : Is(model, "MI2") || Is(model, "MI3") || Is(model, "K100") ? "HIP_VISIBLE_DEVICES"
        : Is(model, "GAUDI") || Is(model, "MLU") || Is(model, "MTT") ? null
        : "CUDA_VISIBLE_DEVICES";

    private static bool Is(string model, string start) => model.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
