using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Results.Report;

/// <summary>What was simulated, for whoever reads the report later. Empty texts are left out.</summary>
public sealed record Simulated
{
    /// <summary>Name of the network and how large it is.</summary>
    public string Network { get; init; } = "";

    public string Trace { get; init; } = "";

    public string Version { get; init; } = "";

    public string CommandLine { get; init; } = "";

    /// <summary>What the reader of the figures should know: assumptions, what the run leaves out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Lines of the trace that were skipped, and the first few of them.</summary>
    public BadLines? Skipped { get; init; }
}
