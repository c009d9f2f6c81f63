namespace Yunhe.Planning.Serving;

/// <summary>How one replica of a served model lies over devices.</summary>
public readonly record struct ServingLayout
{
    public ServingLayout(int tensor, int pipeline = 1, int data = 1, bool expertParallel = false)
    {
        Tensor = tensor;
        Pipeline = pipeline;
        Data = data;
        ExpertParallel = expertParallel;
    }

    /// <summary>Devices that share each attention head's layer.</summary>
    public int Tensor { get; }

    public int Pipeline { get; }

    /// <summary>Copies of the attention, each with sequences of its own, over one set of experts (data-parallel attention).</summary>
    public int Data { get; }

    /// <summary>Whole experts on devices, instead of slices of every expert.</summary>
    public bool ExpertParallel { get; }

    public int Devices => Tensor * Pipeline * Data;

    /// <summary>What <see cref="ToString"/> wrote.</summary>
    public static ServingLayout Parse(string text)
    {
        int Size(string kind) => text.Split(' ').FirstOrDefault(p => p.StartsWith(kind, StringComparison.Ordinal)) is { } part
            ? int.Parse(part.AsSpan(kind.Length), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
        return new(Math.Max(1, Size("TP")), Math.Max(1, Size("PP")), Math.Max(1, Size("DP")), Size("EP") > 0);
    }

    public override string ToString() =>
        $"TP{Tensor}{(Pipeline > 1 ? $" PP{Pipeline}" : "")}{(Data > 1 ? $" DP{Data}" : "")}{(ExpertParallel ? $" EP{Tensor * Data}" : "")}";
}
