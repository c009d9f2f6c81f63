using Yunhe.Planning.Models;

namespace Yunhe.Planning.Tests.Models;

public sealed class PresetTests
{
    /// <summary>A figure that its makers rounded ends in zeros; the others must be met to the last parameter.</summary>
    [Fact]
    public void Every_preset_has_the_parameters_that_its_makers_publish() => Assert.All(ModelPresets.All, m =>
    {
        var published = ModelPresets.PublishedParameters(m)!.Value;
        if (published % 10_000_000 != 0) Assert.Equal(published, m.Parameters);
        else Assert.InRange(m.Parameters / published, 0.99, 1.01);
    });

    /// <summary>Billions as the model cards say; gpt-oss does not count the embedding of the input.</summary>
    [Theory]
    [InlineData("Mixtral-8x7B", 12.9)]
    [InlineData("Mixtral-8x22B", 39)]
    [InlineData("DeepSeek-V2", 21)]
    [InlineData("DeepSeek-V3", 37)]
    [InlineData("Qwen2-57B-A14B", 14)]
    [InlineData("Qwen3-30B-A3B", 3.3)]
    [InlineData("Qwen3-235B-A22B", 22)]
    [InlineData("Qwen3-Coder-480B-A35B", 35)]
    [InlineData("Kimi-K2", 32)]
    [InlineData("DBRX", 36)]
    [InlineData("Llama-4-Scout", 17)]
    public void What_a_token_passes_is_as_published(string name, double billion) =>
        Assert.InRange(ModelPresets.Find(name)!.ActiveParameters / 1e9 / billion, 0.97, 1.03);

    [Theory]
    [InlineData("gpt-oss-120b", 5.13)]
    [InlineData("gpt-oss-20b", 3.61)]
    public void Without_the_embedding_of_the_input_gpt_oss_passes_what_it_says(string name, double billion)
    {
        var model = ModelPresets.Find(name)!;
        Assert.InRange((model.ActiveParameters - ((long)model.Vocabulary * model.Hidden)) / 1e9 / billion, 0.995, 1.005);
    }

    [Fact]
    public void A_dense_model_is_active_as_a_whole() => Assert.All(ModelPresets.All.Where(m => m.Experts == 0), m => Assert.Equal(m.Parameters, m.ActiveParameters));

    [Fact]
    public void Every_preset_names_its_source() => Assert.All(ModelPresets.All, m => Assert.NotEmpty(ModelPresets.Source(m)));

    [Theory]
    [InlineData("llama 3 70b", "Llama-3-70B")]
    [InlineData("LLAMA-3.1-8B", "Llama-3-8B")]
    [InlineData("deepseek-r1", "DeepSeek-V3")]
    [InlineData("gpt3", "GPT-3-175B")]
    public void A_model_is_found_by_the_names_that_people_use(string asked, string found) => Assert.Equal(found, ModelPresets.Find(asked)?.Name);
}
