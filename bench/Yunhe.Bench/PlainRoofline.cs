using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Points;

namespace Yunhe.Bench;

/// <summary>What is measured against: bytes over bandwidth, operations over rate, one share of both for all rows; neither host nor links.</summary>
internal sealed class PlainRoofline(double token, double first, double rate)
{
    public static PlainRoofline Fit(IReadOnlyList<ServingPoint> points)
    {
        var all = new PlainRoofline(1, 1, 1);
        return new(
            Middle(points.Where(p => p.PerTokenMs is not null).Select(p => p.PerTokenMs!.Value / 1e3 / all.Of(p).Token)),
            Middle(points.Where(p => p.FirstTokenMs is not null).Select(p => p.FirstTokenMs!.Value / 1e3 / all.Of(p).First)),
            Middle(points.Where(p => p.OutputPerSecond is not null).Select(p => p.OutputPerSecond!.Value / all.Of(p).Rate)));
    }

    public (double Token, double First, double Rate) Of(ServingPoint p)
    {
        var devices = p.Layout.Devices;
        var batch = p.Clients > 0 ? p.Clients : 256;
        var context = p.Input + (p.Output / 2);
        var bytes = (p.Model.DenseParameters * p.Precision.DenseBytes) + (p.Model.DistinctExperts(batch) * p.Model.ExpertParameters * p.Precision.ExpertBytes)
            + (batch * p.Model.KvTokenLayers(context) * p.Model.KvValuesPerLayer * p.Precision.KvBytes);
        var peak = ServingPrecision.Peak(p.Accelerator, p.Precision.ExpertType) * 1e12;
        var step = Math.Max(bytes / (p.Accelerator.MemoryTBPerSecond * 1e12), 2 * p.Model.ActiveParameters * batch / peak) / devices;
        var prefill = 2 * p.Model.ActiveParameters * p.Input / peak / devices;
        return (token * step, first * prefill, rate * batch * p.Output / ((p.Output * step) + (batch * prefill)));
    }

    private static double Middle(IEnumerable<double> ratios) => ratios.Order().ToList() is { Count: > 0 } sorted ? sorted[sorted.Count / 2] : 1;
}
