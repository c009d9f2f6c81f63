using System.Text;

namespace Yunhe.Cli.Work;

/// <summary>Where this node stands in the ring.</summary>
/// <param name="Mark">Known to the nodes of this gang only; strangers who connect are turned away by it.</param>
internal sealed record RingPlace(int Rank, IReadOnlyList<string> Nodes, string Mark)
{
    private const int FirstPort = 20_000;
    private const int Ports = 10_000;

    public int Next => (Rank + 1) % Nodes.Count;

    /// <summary>Nodes on the same machine listen on ports of their own.</summary>
    public int PortOf(int rank) => FirstPort + (int)((Fnv(Mark) + (uint)rank) % Ports);

    public static RingPlace Of(Shell shell)
    {
        var nodes = (shell.Variable("SKYPILOT_NODE_IPS") ?? "127.0.0.1").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return int.TryParse(shell.Variable("SKYPILOT_NODE_RANK") ?? "0", out var rank) && rank >= 0 && rank < nodes.Length
            ? new(rank, nodes, shell.Variable("YUNHE_ATTEMPT") ?? "alone")
            : throw new UsageException("SKYPILOT_NODE_RANK isn't the rank of a node in SKYPILOT_NODE_IPS");
    }

    /// <summary>FNV-1a, since string hashes differ from process to process.</summary>
    private static uint Fnv(string text) => Encoding.UTF8.GetBytes(text).Aggregate(2166136261u, (hash, b) => unchecked((hash ^ b) * 16777619u));
}
