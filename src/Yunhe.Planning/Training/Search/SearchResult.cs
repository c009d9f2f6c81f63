namespace Yunhe.Planning.Training.Search;

/// <summary>A layout with its predicted step and the memory of its fullest device.</summary>
public sealed record RankedLayout(Parallelism Layout, StepTime Time, DeviceMemory Memory);

/// <summary>What a search of the whole space found.</summary>
public sealed record SearchResult
{
    /// <summary>The fastest that fit into memory, no two of the same tensor, pipeline, context and expert sizes, best first; empty: none fits.</summary>
    public required IReadOnlyList<RankedLayout> Best { get; init; }

    /// <summary>The one that needs the least memory, where none fits; null: one fits, or the rules allow none at all.</summary>
    public RankedLayout? Leanest { get; init; }

    /// <summary>Layouts whose memory and time were computed.</summary>
    public required long Evaluated { get; init; }

    /// <summary>Layouts shown to be slower than the best by a lower bound, without computing them. A search that stops early does not count them all.</summary>
    public required bool Pruned { get; init; }
}
