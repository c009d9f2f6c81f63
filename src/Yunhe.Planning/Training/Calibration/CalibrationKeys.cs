namespace Yunhe.Planning.Training.Calibration;

/// <summary>What a factor on a constant belongs to.</summary>
public enum Level
{
    /// <summary>The constant itself.</summary>
    Base,

    /// <summary>Accelerators of one architecture.</summary>
    Generation,

    /// <summary>One accelerator of the catalogue.</summary>
    Accelerator,

    /// <summary>Stacks of one kind: Megatron's, PyTorch's own, JAX's.</summary>
    Class,

    /// <summary>A family of software.</summary>
    Stack,

    /// <summary>A stack on a generation of accelerators.</summary>
    Pair,

    /// <summary>How 8-bit and 4-bit numbers are scaled ("mxfp8", "fp8-rowwise"); empty for 16 bits.</summary>
    Recipe,

    /// <summary>Of a stack: "eager", "async".</summary>
    Variant,

    /// <summary>A version of a stack, "nemo 26.04".</summary>
    Release,
}

/// <summary>What calibration depends on. Factors of all levels multiply, and one that is not known is 1.</summary>
public readonly record struct CalibrationKeys(string Accelerator, string Generation, SoftwareStack Stack, string Recipe = "", string Variant = "", string Release = "")
{
    public string Key(Level level) => level switch
    {
        Level.Generation => Generation,
        Level.Accelerator => Accelerator,
        Level.Class => Stack.Class,
        Level.Stack => Stack.Name,
        Level.Pair => Stack.Name.Length > 0 ? Stack.Name + "@" + Generation : "",
        Level.Recipe => Recipe,
        Level.Variant => Variant,
        Level.Release => Release,
        _ => "",
    };
}
