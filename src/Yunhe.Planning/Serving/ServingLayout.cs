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

    public override string ToString() =>
        $"TP{Tensor}{(Pipeline > 1 ? $" PP{Pipeline}" : "")}{(Data > 1 ? $" DP{Data}" : "")}{(ExpertParallel ? $" EP{Tensor * Data}" : "")}";
}
