using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class MeteredDemandTests
{
    [Fact]
    public void Hours_become_delivered_pflops_at_the_site_s_city_and_what_is_unknown_is_told()
    {
        var (demand, skipped) = MeteredDemand.Of(
            [
                new("a", "Hangzhou", 24_000, 0, new Dictionary<string, long> { ["A100-40-SXM"] = 8 }),
                new("b", "杭州市", 24_000, 0, new Dictionary<string, long> { ["A100"] = 8 }),
                new("c", "Atlantis", 10, 10, new Dictionary<string, long>()),
                new("d", "guiyang", 10, 0, new Dictionary<string, long> { ["X1"] = 8 }),
            ],
            240, DemandKind.Training, 0.3, new());
        // Two hundred devices busy, 312 TFLOPS each, 40 % of it delivered.
        Assert.Equal(200 * 0.312 * 0.4, Assert.Single(demand).Pflops!.Value, 1e-9);
        Assert.Equal((DemandKind.Training, DataType.Bf16), (demand[0].Kind, demand[0].DataType));
        Assert.Equal(2, skipped.Count);
    }
}
