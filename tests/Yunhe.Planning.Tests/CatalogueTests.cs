using Yunhe.Core.Network;
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

    [Fact]
    public void Figures_of_fp64_and_fp32_have_their_own_source() => Assert.All(AcceleratorTable.All, m =>
        Assert.Equal(m.PeakTflops.ContainsKey(DataType.Fp64) || m.PeakTflops.ContainsKey(DataType.Fp32), m.Fp64Fp32Source.Length > 0));

    /// <summary>The core decides by two of the figures and can't read the catalogue. Where the makers publish no board power it assumes one.</summary>
    [Fact]
    public void The_core_has_the_same_models_with_the_same_figures()
    {
        Assert.Equal(AcceleratorTable.All.Select(m => m.Name), AcceleratorCatalogue.All.Select(a => a.Model));
        Assert.All(AcceleratorTable.All.Zip(AcceleratorCatalogue.All), pair =>
        {
            var (listed, decides) = pair;
            Assert.Equal(listed.Aliases.Order(StringComparer.Ordinal), decides.Aliases.Order(StringComparer.Ordinal));
            Assert.Equal(listed.Peak(DataType.Fp16), decides.Fp16Tflops);
            if (listed.BoardWatts is { } watts) Assert.Equal(watts, decides.BoardWatts);
            Assert.Same(decides, AcceleratorCatalogue.Find(listed.Name.ToLowerInvariant()));
        });
    }

    /// <summary>16 cores × 2.2 GHz × 16: the maker says 560 GFLOPS.</summary>
    [Fact]
    public void The_peak_of_a_processor_is_cores_times_clock_times_operations_a_cycle()
    {
        Assert.Equal(0.5632, ProcessorTable.Find("3c5000")!.Peak(DataType.Fp64)!.Value, 9);
        Assert.Equal(1.1264, ProcessorTable.Find("3c5000")!.Peak(DataType.Fp32)!.Value, 9);
        Assert.Null(ProcessorTable.Find("3c5000")!.Peak(DataType.Bf16));
        Assert.All(ProcessorTable.All, p => Assert.InRange(p.Peak(DataType.Fp64)!.Value, 0.1, 20));
    }
}
