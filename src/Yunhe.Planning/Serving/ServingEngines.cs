namespace Yunhe.Planning.Serving;

/// <summary>Inference engines by one name each.</summary>
public static class ServingEngines
{
    /// <summary>Lower case without signs; the well-known ones under the name that the calibration has.</summary>
    public static string Plain(string engine)
    {
        var plain = string.Concat(engine.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        return plain.Contains("tensorrt", StringComparison.Ordinal) || plain.Contains("trtllm", StringComparison.Ordinal) ? "trtllm"
            : plain.Contains("vllm", StringComparison.Ordinal) ? "vllm"
            : plain.Contains("sglang", StringComparison.Ordinal) ? "sglang"
            : plain;
    }
}
