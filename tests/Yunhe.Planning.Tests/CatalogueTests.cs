using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Tests;

public sealed class CatalogueTests
{
    [Fact]
    public void Every_model_has_a_source_and_a_rate() => Assert.All(AcceleratorTable.All, m =>
    {
        Assert.NotEmpty(m.Source);
        Assert.NotEmpty(m.PeakTflops);
    });

    [Theory]
    [InlineData("a100-80gb", "A100-80-SXM")]
    [InlineData("H100", "H100-SXM")]
    [InlineData("ascend 910B", "Ascend910B2")]
    public void A_model_is_found_by_the_names_that_people_use(string asked, string found) => Assert.Equal(found, AcceleratorTable.Find(asked)?.Name);
}
