namespace Yunhe.Planning.Serving;

/// <summary>The constants of the serving model, each positive. Those up to <see cref="EagerExpertsMs"/> differ by stack, the others are the same for all.</summary>
public enum ServingConstant
{
    /// <summary>Share of the nominal memory bandwidth that decoding reaches.</summary>
    Memory,

    /// <summary>Share of the nominal rate that large matrix products reach.</summary>
    Compute,

    /// <summary>Host time of a step, ms.</summary>
    StepMs,

    /// <summary>Host time and launches of a layer, ms.</summary>
    LayerMs,

    /// <summary>Latency of one collective among the devices of a replica, ms.</summary>
    HopMs,

    /// <summary>Share of the nominal link bandwidth.</summary>
    Link,

    /// <summary>Part of the others' prefills that a decoding request waits for.</summary>
    Mix,

    /// <summary>From the request to its prefill and from the token to the client, ms.</summary>
    FirstMs,

    /// <summary>Prefills of the others that a new request waits for, in shares of their number.</summary>
    Queue,

    /// <summary>Routing and dispatch of a layer whose tokens go to eight experts each, ms; in proportion with others.</summary>
    ExpertLayerMs,

    /// <summary>Scheduling, sampling and detokenising of one sequence in a step, µs.</summary>
    SequenceUs,

    /// <summary>Launches of a layer in prefill, which no captured graph replays, ms.</summary>
    EagerLayerMs,

    /// <summary>The same for each expert that a token of the layer goes to, ms.</summary>
    EagerExpertsMs,

    /// <summary>Tokens at which a matrix product reaches half its rate.</summary>
    RampTokens,

    /// <summary>The same for one expert.</summary>
    ExpertRampTokens,

    /// <summary>Share of the nominal 16-bit rate that attention reaches.</summary>
    AttentionCompute,

    /// <summary>Bandwidth of reading keys and values, relative to that of weights.</summary>
    KvMemory,

    /// <summary>Load of the fullest device over the mean with whole experts on devices.</summary>
    Imbalance,

    /// <summary>Tokens choose experts alike: so many to the power of this choose as if they were independent.</summary>
    ExpertSpread,

    /// <summary>Bandwidth of reading 4-bit weights that are widened before they are multiplied, relative to others; its square for the rate of multiplying them.</summary>
    Widening,

    /// <summary>Rate of 4-bit products relative to what the nominal rate promises.</summary>
    FourBit,

    /// <summary>Steps' tokens per token that comes out with multi-token prediction.</summary>
    DraftTokens,

    /// <summary>Tokens that come out of a step with multi-token prediction.</summary>
    AcceptedTokens,

    /// <summary>Sequences that an offline run keeps in flight at most on a replica's attention copy.</summary>
    OfflineBatch,

    /// <summary>Offline with copies of the attention: all wait in each step for the copy that has most to do; time over that of copies in step.</summary>
    Stagger,

    /// <summary>Host time and launches of a layer where no captured graph replays a decoding step, ms.</summary>
    UncapturedLayerMs,

    /// <summary>Sequences really in flight in published runs whose clients handed in all requests at once.</summary>
    BurstBatch,
}

/// <summary>A value for each constant.</summary>
public sealed class ServingConstants
{
    public static readonly int Count = Enum.GetValues<ServingConstant>().Length;

    /// <summary>How many of them, from the first, are a stack's own.</summary>
    public const int OfStack = (int)ServingConstant.EagerExpertsMs + 1;

    private readonly double[] _values;

    public ServingConstants(ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Count);
        _values = values.ToArray();
    }

    public double this[ServingConstant constant] => _values[(int)constant];

    public ReadOnlySpan<double> Values => _values;

    public ServingConstants With(ServingConstant constant, double value)
    {
        var values = _values.ToArray();
        values[(int)constant] = value;
        return new(values);
    }
}
