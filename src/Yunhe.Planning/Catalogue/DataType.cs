using System.Diagnostics.CodeAnalysis;

namespace Yunhe.Planning.Catalogue;

/// <summary>What a rate of operations is of; FLOPS never stand without it.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The field's name of the type.")]
public enum DataType
{
    Fp64,
    Fp32,
    Tf32,
    Bf16,
    Fp16,
    Fp8,
    Fp4,
    Int8,
}
