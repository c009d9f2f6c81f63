using System.Globalization;
using Yunhe.Planning.Clusters;

namespace Yunhe.Planning.Training.Plans;

/// <summary>Energy, carbon and price of a run.</summary>
internal static class Power
{
    /// <summary>Whole node at the plug over the boards of its accelerators, measured on H100 (MLPerf power).</summary>
    public const double NodeOverBoards = 1.3;

    /// <summary>Of an accelerator whose board power is not published.</summary>
    public const double UnknownBoardWatts = 500;

    public static double MWh(Cluster cluster, int devices, double days) =>
        devices * (cluster.Accelerator.BoardWatts ?? UnknownBoardWatts) * NodeOverBoards * cluster.Pue * days * 24 / 1e6;

    public static double? Tonnes(Cluster cluster, double mwh) => mwh * cluster.GramsPerKWh / 1000;

    public static decimal? Cost(Cluster cluster, int devices, double days) =>
        cluster.PricePerDeviceHour is { } price && days < 1e9 ? decimal.Round(price * devices * (decimal)(days * 24), 2) : null;

    public static Assumption Assumed { get; } = new("node power", string.Create(CultureInfo.InvariantCulture, $"{NodeOverBoards} × board power"), "measured on H100 nodes at the plug");

    public static IEnumerable<Assumption> AssumedOf(Cluster cluster) => cluster.Accelerator.BoardWatts is null
        ? [new($"{cluster.Name}: board power", $"{UnknownBoardWatts} W", "its maker publishes none")]
        : [];
}
