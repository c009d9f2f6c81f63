namespace Yunhe.Planning.Training;

/// <summary>Seconds of one optimizer step by what they go to; communication is what compute does not hide.</summary>
public readonly record struct StepTime
{
    public required double Compute { get; init; }

    public required double TensorCommunication { get; init; }

    public required double PipelineCommunication { get; init; }

    public required double DataCommunication { get; init; }

    public required double ContextCommunication { get; init; }

    public required double ExpertCommunication { get; init; }

    public required double Bubble { get; init; }

    public required double Optimizer { get; init; }

    public double Total => Compute + TensorCommunication + PipelineCommunication + DataCommunication + ContextCommunication + ExpertCommunication + Bubble + Optimizer;
}

/// <summary>Peak bytes of the fullest device by what they hold.</summary>
public readonly record struct DeviceMemory
{
    public required double Weights { get; init; }

    public required double Gradients { get; init; }

    public required double Optimizer { get; init; }

    public required double Activations { get; init; }

    /// <summary>Communication buffers, workspaces, the runtime and what the allocator loses.</summary>
    public required double Buffers { get; init; }

    public double Total => Weights + Gradients + Optimizer + Activations + Buffers;
}
