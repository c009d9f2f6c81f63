using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving;

using static ServingConstant;

/// <summary>Seconds of a step by what they go to; parts that overlap count where they bind.</summary>
public readonly record struct StepCost
{
    /// <summary>Reading weights.</summary>
    public required double Weights { get; init; }

    /// <summary>Reading keys and values.</summary>
    public required double Kv { get; init; }

    /// <summary>Matrix products and attention, where they take longer than reading.</summary>
    public required double Compute { get; init; }

    public required double Communication { get; init; }

    /// <summary>Host work and launches.</summary>
    public required double Host { get; init; }

    public double Total => Weights + Kv + Compute + Communication + Host;
}

/// <summary>
/// Time of prefill and decoding steps of one model on one kind of device: bytes over bandwidth against operations over rate, plus collectives and the host.
/// </summary>
public sealed class ServingRoofline
{
    /// <summary>Tokens that engines prefill together by default; shorter prompts share one pass.</summary>
    public const double ChunkTokens = 8192;

    private const double UsualExperts = 8;

    private readonly ServedModel _model;
    private readonly ServingLayout _layout;
    private readonly ServingPrecision _precision;
    private readonly double _bandwidth, _densePeak, _expertPeak, _attentionPeak, _link, _hops, _widening;
    private readonly ServingConstants _constants;
    private readonly bool _draft;

    /// <param name="draft">Multi-token prediction: a step proposes several tokens and keeps those that hold.</param>
    public ServingRoofline(ServedModel model, AcceleratorModel accelerator, ServingLayout layout, ServingPrecision precision, ServingConstants constants, bool draft = false)
    {
        (_model, _layout, _precision, _constants, _draft) = (model, layout, precision, constants, draft);
        _bandwidth = accelerator.MemoryTBPerSecond * 1e12 * constants[Memory];
        _densePeak = Rate(accelerator, precision.DenseType);
        _expertPeak = Rate(accelerator, precision.ExpertType);
        _attentionPeak = ServingPrecision.Peak(accelerator, DataType.Bf16) * 1e12 * constants[AttentionCompute];
        _widening = precision.ExpertBytes < 1 && (precision.ExpertType != DataType.Fp4 || accelerator.Peak(DataType.Fp4) is null) ? constants[Widening] : 1;
        // Widened again for every block of tokens, and multiplied by kernels that do both: the products suffer more than the reading.
        _expertPeak *= _widening * _widening;
        var replica = layout.Tensor * layout.Data;
        var inside = replica <= Math.Max(1, accelerator.ScaleUpDomain) && accelerator.ScaleUpGBPerSecond is not null;
        _link = (inside ? accelerator.ScaleUpGBPerSecond!.Value * 1e9 : Outside(accelerator)) * constants[Link];
        // A collective's steps grow with the devices that take part.
        _hops = replica > 1 ? constants[HopMs] * 1e-3 * (1 + (0.25 * Math.Log2(replica))) * (inside ? 1 : 3) : 0;
    }

    public ServedModel Model => _model;

    public ServingLayout Layout => _layout;

    /// <summary>Experts that a token goes to, over the eight of most models.</summary>
    private double ExpertsOfToken => _model.Shape.ActiveExperts / UsualExperts;

    public double TokensPerStep => _draft ? _constants[AcceptedTokens] : 1;

    /// <summary>One step that gives every one of <paramref name="batch"/> sequences a token.</summary>
    /// <param name="batch">Sequences of the replica.</param>
    /// <param name="context">Tokens before the new one, on average.</param>
    public StepCost Decode(double batch, double context)
    {
        // Micro-batches follow one another through the pipeline; each stage holds its part, so a token meets all weights in turn.
        batch /= _layout.Pipeline;
        var tokens = batch * (_draft ? _constants[DraftTokens] : 1);
        var rank = tokens / _layout.Data;
        var (weights, compute) = Products(rank, tokens);
        var kvBytes = batch / _layout.Data * _model.KvTokenLayers(context) * _model.KvValuesPerLayer * _precision.KvBytes / _model.KvShards(_layout.Tensor);
        var kv = kvBytes / (_bandwidth * _constants[KvMemory]);
        var attention = rank * _model.KvTokenLayers(context) * _model.DecodeAttentionOperations / _layout.Tensor / _attentionPeak;
        compute += Math.Max(0, attention - kv);
        return new()
        {
            Weights = weights, Kv = kv, Compute = compute, Communication = Communication(rank, tokens),
            Host = Host() + (rank * _constants[SequenceUs] * 1e-6) + ((_layout.Pipeline - 1) * _constants[HopMs] * 1e-3),
        };
    }

    /// <summary>Prompts of equal length prefilled one after the other, or together as far as they fit in a chunk, on every copy of the attention at once.</summary>
    /// <returns>Seconds of one prompt's share.</returns>
    public StepCost Prefill(double tokens, double prompts)
    {
        var together = Math.Clamp(Math.Floor(ChunkTokens / tokens), 1, Math.Max(1, prompts));
        var rank = Math.Min(tokens * together, ChunkTokens);
        var passes = Math.Max(1, tokens / ChunkTokens);
        var (weights, compute) = Products(rank, rank * _layout.Data);
        // Causal: half of the square; windows bound it.
        var shape = _model.Shape;
        var pairs = ((shape.Layers - shape.WindowedLayers) * tokens * tokens / 2)
            + (shape.WindowedLayers * tokens * Math.Min(shape.Window > 0 ? shape.Window : tokens, tokens / 2));
        var attention = pairs * _model.PrefillAttentionOperations / _layout.Tensor / _attentionPeak;
        var share = passes / together;
        var device = new StepCost
        {
            Weights = weights * share, Kv = 0, Compute = (compute * share) + attention,
            Communication = Communication(rank, rank * _layout.Data) * share, Host = 0,
        };
        // The host launches ahead of the device: what it takes longer is waited for.
        var launches = ((_constants[EagerLayerMs] * shape.Layers) + (_constants[EagerExpertsMs] * _model.ExpertLayers * shape.ActiveExperts)) * 1e-3 * share;
        return device with { Host = Blend(device.Total, launches) - device.Total };
    }

    /// <summary>Reading the weights, and what multiplying takes beyond it.</summary>
    private (double Weights, double Beyond) Products(double rankTokens, double allTokens)
    {
        var dense = _model.DenseParameters * _precision.DenseBytes / _layout.Tensor / _bandwidth;
        var denseProduct = 2 * _model.DenseParameters * (rankTokens + _constants[RampTokens]) / _layout.Tensor / (_densePeak * _constants[Compute]);
        var weights = dense;
        var beyond = Blend(dense, denseProduct) - dense;
        if (_model.ExpertLayers > 0)
        {
            var devices = _layout.Tensor * _layout.Data;
            var uneven = _layout.ExpertParallel || _layout.Data > 1 ? _constants[Imbalance] : 1;
            var distinct = _model.DistinctExperts(Math.Pow(allTokens, _constants[ExpertSpread]));
            var read = distinct * _model.ExpertParameters * _precision.ExpertBytes * uneven / devices / (_bandwidth * _widening);
            var product = 2 * _model.ExpertParameters * uneven * ((_model.Shape.ActiveExperts * allTokens) + (distinct * _constants[ExpertRampTokens]))
                / devices / (_expertPeak * _constants[Compute]);
            weights += read;
            beyond += Blend(read, product) - read;
        }

        return (weights, beyond);
    }

    /// <summary>Smooth maximum: reading and multiplying overlap, but not wholly where they are near each other.</summary>
    private static double Blend(double a, double b)
    {
        var (high, low) = a > b ? (a, b) : (b, a);
        var ratio = low / high;
        return high * Math.Cbrt(1 + (ratio * ratio * ratio));
    }

    private double Communication(double rankTokens, double allTokens)
    {
        var devices = _layout.Tensor * _layout.Data;
        if (devices == 1) return 0;
        double layers = _model.Shape.Layers, hidden = _model.Shape.Hidden;
        // Two all-reduces a layer, 2 (n-1)/n of the volume each, in 16 bits. With copies of the attention, to the experts and back instead:
        // every token to all, or to the experts that it goes to.
        var routed = _model.Shape.Experts > 0 ? Math.Min(allTokens, rankTokens * _model.Shape.ActiveExperts) : allTokens;
        var volume = (_layout.Data == 1 ? 4 * rankTokens : 2 * routed) * (devices - 1) / devices * hidden * 2;
        return layers * ((2 * _hops) + (volume / _link));
    }

    private double Host() => ((_constants[StepMs] + (_constants[LayerMs] * _model.Shape.Layers) + (_constants[ExpertLayerMs] * _model.ExpertLayers * ExpertsOfToken)) * 1e-3);

    private double Rate(AcceleratorModel accelerator, DataType type)
    {
        var narrow = type == DataType.Fp4 && accelerator.Peak(DataType.Fp4) is not null;
        return ServingPrecision.Peak(accelerator, type) * 1e12 * (narrow ? _constants[FourBit] : 1);
    }

    private static double Outside(AcceleratorModel accelerator) =>
        accelerator.ScaleUpGBPerSecond is null && accelerator.ScaleOutGbitPerSecond is null ? 12e9 : Math.Max(accelerator.ScaleOutGbitPerSecond ?? 100, 50) / 8 * 1e9;
}
