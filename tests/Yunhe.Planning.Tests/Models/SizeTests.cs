using Yunhe.Planning.Models;

namespace Yunhe.Planning.Tests.Models;

public sealed class SizeTests
{
    [Theory]
    [InlineData("125M", 125e6)]
    [InlineData("1b", 1e9)]
    [InlineData("7B", 7e9)]
    [InlineData("13B", 13e9)]
    [InlineData("70B", 70e9)]
    [InlineData("175B", 175e9)]
    [InlineData("1T", 1e12)]
    [InlineData("1.5T", 1.5e12)]
    [InlineData("10T", 1e13)]
    [InlineData("100T", 1e14)]
    public void A_size_becomes_a_shape_of_that_size_and_says_that_it_is_assumed(string text, double parameters)
    {
        var (model, assumptions) = ModelChoice.Of(text);
        Assert.InRange(model.Parameters / parameters, 0.97, 1.03);
        Assert.Contains($"{model.Layers} layers", Assert.Single(assumptions).Value);
        Assert.InRange((double)model.Ffn / model.Hidden, 2, 5);
    }

    [Theory]
    [InlineData("235B-A22B", 235e9, 22e9)]
    [InlineData("30B-A3B", 30e9, 3e9)]
    [InlineData("671BA37B", 671e9, 37e9)]
    [InlineData("1T-A32B", 1e12, 32e9)]
    public void A_size_with_its_active_part_becomes_a_model_with_experts(string text, double parameters, double active)
    {
        var model = ModelChoice.Of(text).Model;
        Assert.InRange(model.Parameters / parameters, 0.97, 1.03);
        Assert.InRange(model.ActiveParameters / active, 0.95, 1.05);
        Assert.True(model.Experts >= 8);
    }

    [Fact]
    public void Eight_times_seven_billion_has_eight_experts_of_which_two_are_active()
    {
        var model = ModelChoice.Of("8x7B").Model;
        Assert.Equal((8, 2), (model.Experts, model.ActiveExperts));
        Assert.InRange(model.Parameters, 36e9, 50e9);
    }

    [Theory]
    [InlineData("lama-3-70b", "did you mean 'Llama-3-70B'")]
    [InlineData("70", "there is no model '70'; a size does too")]
    [InlineData("", "name a model")]
    [InlineData("0B", "out of range")]
    [InlineData("99999999T", "out of range")]
    [InlineData("NaNB", "there is no model")]
    [InlineData("7B-A70B", "more active parameters than parameters")]
    [InlineData("9999x7B", "give 2 to 1024")]
    [InlineData("layers=80,hiden=8192", "there is no key 'hiden' (did you mean 'hidden'?)")]
    [InlineData("layers=80,hidden=8192", "heads is missing")]
    [InlineData("layers=80,layers=81,hidden=8192", "layers is given twice")]
    [InlineData("layers=NaN,hidden=8192,heads=64", "layers is 'NaN'")]
    [InlineData("layers=-3,hidden=8192,heads=64", "layers is '-3'")]
    [InlineData("layers=80,hidden=8192,heads=60", "give head_size")]
    [InlineData("layers=80,hidden=8192,heads=64,kv_heads=7", "not a multiple of 7")]
    [InlineData("layers=10000,hidden=1000000,heads=100,ffn=10000000", "parameters: at most 1E14")]
    public void What_is_no_model_is_told_with_what_is_near(string text, string message) =>
        Assert.Contains(message, Assert.Throws<PlanException>(() => ModelChoice.Of(text)).Message);

    [Fact]
    public void A_shape_in_one_line_is_that_model()
    {
        var (model, assumptions) = ModelChoice.Of("layers=80,hidden=8192,heads=64,kv-heads=8,ffn=28672,vocab=128256");
        Assert.Equal(ModelPresets.Find("llama-3-70b")!.Parameters, model.Parameters);
        Assert.Empty(assumptions);
        Assert.Equal(["model kv_heads", "model vocab"], ModelChoice.Of("layers=2,hidden=128,heads=2,ffn=256").Assumptions.Select(a => a.What));
    }
}
