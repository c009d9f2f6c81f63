using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Siting;

/// <summary>
/// A pool of the plan in small. <c>Scale</c>: one device of it stands for so many of the plan's. Nodes and devices are whole, so each pool has a
/// scale of its own near the one asked for, and its work goes by that: it is loaded as in the plan, however small it is.
/// </summary>
internal sealed record TrialPool(string Site, string Accelerator, int Nodes, int DevicesPerNode, double Scale)
{
    /// <summary>On a node of the whole network, and the most on one in small.</summary>
    public const int WholeNode = 8;

    public int Devices => Nodes * DevicesPerNode;

    public static TrialPool Of(Standing standing, double scale)
    {
        var devices = Math.Max(1, standing.Devices / scale);
        var nodes = (int)Math.Ceiling(Math.Round(devices) / WholeNode);
        var each = (int)Math.Max(1, Math.Round(devices / nodes));
        return new(standing.Site, standing.Accelerator, nodes, each, (double)standing.Devices / (nodes * each));
    }
}
