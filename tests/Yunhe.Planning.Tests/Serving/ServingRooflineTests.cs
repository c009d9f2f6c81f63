using CsCheck;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;
using Yunhe.Planning.Serving;

namespace Yunhe.Planning.Tests.Serving;

public sealed class ServingRooflineTests
{
    private static readonly string[] Models = ["Llama-3-8B", "Llama-3-70B", "Qwen3-30B-A3B", "DeepSeek-V3", "gpt-oss-120b"];
    private static readonly string[] Cards = ["H100", "H200", "B200", "MI300X", "Ascend910B", "L40S"];

    private static readonly Gen<(string Model, string Card, string Precision, int Tensor, double Clients, double Input, double Output)> Cases =
        from model in Gen.OneOf(Models)
        from card in Gen.OneOf(Cards)
        from precision in Gen.OneOf("bf16", "fp8", "fp4", "int4")
        from tensor in Gen.OneOf(1, 2, 4, 8)
        from clients in Gen.Double[1, 500]
        from input in Gen.Double[10, 20_000]
        from output in Gen.Double[2, 4_000]
        select (model, card, precision, tensor, clients, input, output);

    [Fact]
    public void More_memory_bandwidth_or_compute_is_never_slower() => Cases.Sample(c =>
    {
        var card = AcceleratorTable.Find(c.Card)!;
        var plain = State(c, card, c.Clients);
        Assert.True(State(c, card with { MemoryTBPerSecond = card.MemoryTBPerSecond * 1.5 }, c.Clients).PerOutputToken <= plain.PerOutputToken * (1 + 1e-9));
        Assert.True(State(c, card with { PeakTflops = card.PeakTflops.ToDictionary(p => p.Key, p => p.Value * 1.5) }, c.Clients).PerOutputToken <= plain.PerOutputToken * (1 + 1e-9));
    });

    [Fact]
    public void Time_per_token_and_throughput_grow_with_the_clients() => Cases.Sample(c =>
    {
        var card = AcceleratorTable.Find(c.Card)!;
        var (few, many) = (State(c, card, c.Clients), State(c, card, c.Clients * 1.5));
        Assert.True(many.PerOutputToken >= few.PerOutputToken * (1 - 1e-6));
        Assert.True(many.FirstToken >= few.FirstToken * (1 - 1e-6));
    });

    [Fact]
    public void Longer_prompts_take_longer() => Cases.Sample(c =>
    {
        var card = AcceleratorTable.Find(c.Card)!;
        Assert.True(State(c with { Input = c.Input * 2 }, card, 1).FirstToken >= State(c, card, 1).FirstToken);
    });

    /// <summary>Bytes a token: layers × 2 × heads of keys and values × their width × bytes; latent attention keeps 512 + 64 values a layer.</summary>
    [Theory]
    [InlineData("Llama-3-70B", "bf16", 1000, 80 * 2 * 8 * 128 * 2 * 1000.0)]
    [InlineData("Llama-3-8B", "fp8", 1000, 32 * 2 * 8 * 128 * 1000.0)]
    [InlineData("DeepSeek-V3", "bf16", 1000, 61 * 576 * 2 * 1000.0)]
    [InlineData("gpt-oss-120b", "bf16", 1000, ((18 * 1000) + (18 * 128)) * 2.0 * 8 * 64 * 2)]
    public void Keys_and_values_take_what_the_published_shapes_say(string name, string precision, int tokens, double bytes)
    {
        var model = ServedModel.Of(ModelPresets.Find(name)!);
        var stored = ServingPrecision.Named(precision, model.Shape.Experts > 0)!;
        Assert.Equal(bytes, ServingMemory.Of(model, AcceleratorTable.Find("B200")!, new(1), stored, tokens).KvOfSequence, 1e-6 * bytes);
    }

    [Fact]
    public void Tensor_parallelism_divides_keys_and_values_up_to_their_heads_and_copies_latent_ones()
    {
        var (grouped, latent) = (ServedModel.Of(ModelPresets.Find("Qwen3-235B-A22B")!), ServedModel.Of(ModelPresets.Find("DeepSeek-V3")!));
        Assert.Equal((2, 4, 4, 1), (grouped.KvShards(2), grouped.KvShards(4), grouped.KvShards(8), latent.KvShards(8)));
    }

    [Fact]
    public void Weights_are_the_models_parameters_in_its_precision()
    {
        var model = ServedModel.Of(ModelPresets.Find("Llama-3-70B")!);
        var memory = ServingMemory.Of(model, AcceleratorTable.Find("H200")!, new(2), ServingPrecision.Named("fp8", false)!, 1000);
        Assert.Equal(70553706496 / 2.0, memory.Weights, 1.0);
    }

    [Fact]
    public void One_token_goes_to_its_experts_and_many_to_all()
    {
        var model = ServedModel.Of(ModelPresets.Find("DeepSeek-V3")!);
        Assert.Equal(8, model.DistinctExperts(1), 1e-9);
        Assert.InRange(model.DistinctExperts(64), 200, 256);
        Assert.Equal(256, model.DistinctExperts(100_000), 1e-6);
    }

    [Fact]
    public void A_card_without_a_narrow_type_multiplies_in_the_next_wider_one()
    {
        var a100 = AcceleratorTable.Find("A100-80")!;
        Assert.Equal(a100.Peak(DataType.Bf16), ServingPrecision.Peak(a100, DataType.Fp8));
        Assert.Equal(AcceleratorTable.Find("H100")!.Peak(DataType.Fp8), ServingPrecision.Peak(AcceleratorTable.Find("H100")!, DataType.Fp8));
    }

    [Fact]
    public void An_unknown_stack_falls_back_to_its_engine_and_an_unknown_engine_to_all()
    {
        var shipped = ServingCalibration.Shipped;
        Assert.Equal(("trtllm", "H100-SXM"), Named(shipped.For("trtllm", "H100-SXM")));
        Assert.Equal(("vllm", "*"), Named(shipped.For("vllm", "Ascend910B2")));
        Assert.Equal(("*", "*"), Named(shipped.For("mindie", "Ascend910B2")));

        static (string, string) Named(ServingProfile p) => (p.Engine, p.Accelerator);
    }

    private static ServingState State((string Model, string Card, string Precision, int Tensor, double Clients, double Input, double Output) c, AcceleratorModel card, double clients)
    {
        var model = ServedModel.Of(ModelPresets.Find(c.Model)!);
        var constants = ServingCalibration.Shipped.For("vllm", card.Name).Constants;
        var roofline = new ServingRoofline(model, card, new(c.Tensor), ServingPrecision.Named(c.Precision, model.Shape.Experts > 0)!, constants);
        return ServingLoad.Closed(roofline, constants, c.Input, c.Output, clients, 10_000);
    }
}
