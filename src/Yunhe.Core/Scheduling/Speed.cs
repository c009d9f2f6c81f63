namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>How fast a node is for run-time estimates: peak FP16 TFLOPS of its accelerators; 1 without any.</summary>
internal static class Speed
{
    public static double Of(Requirement requirement) =>
        requirement.Accelerator is { } model ? AcceleratorCatalogue.Find(model).Fp16Tflops * (double)requirement.PerNode.AcceleratorAmount : 1;
}
