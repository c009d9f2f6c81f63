using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Training.Search;

/// <summary>How much of an accelerator's memory a run can use; what the runtime takes stands in <see cref="DeviceMemory.Buffers"/>.</summary>
public static class DeviceBytes
{
    public static double Usable(AcceleratorModel accelerator) => accelerator.MemoryGB * 1e9;
}
