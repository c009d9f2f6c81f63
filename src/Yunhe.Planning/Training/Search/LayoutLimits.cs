namespace Yunhe.Planning.Training.Search;

/// <summary>Sizes of a layout that somebody has decided already; null: the search does.</summary>
public sealed record LayoutLimits
{
    public static readonly LayoutLimits None = new();

    public int? Tensor { get; init; }

    public int? Pipeline { get; init; }

    public int? Context { get; init; }

    public int? Expert { get; init; }

    public int? MicroBatch { get; init; }

    public int? Zero { get; init; }

    public Recompute? Recompute { get; init; }
}
