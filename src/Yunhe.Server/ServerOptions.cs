using Yunhe.Engines;

namespace Yunhe.Server;

/// <summary>All that the host of a server may choose.</summary>
public sealed record ServerOptions
{
    /// <summary>Holds everything that the server keeps; made when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:7717"];

    /// <summary>Admits addresses that other machines can reach. Put TLS in front of them: the token travels in every request.</summary>
    public bool AllowRemote { get; init; }

    /// <summary>How often a site is looked at when nothing calls for it earlier; null: 1 s local, 2 s elsewhere.</summary>
    public TimeSpan? ObserveInterval { get; init; }

    /// <summary>From SIGTERM to SIGKILL when an attempt is cancelled.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of each log that is brought back; the rest is cut off with a notice.</summary>
    public long MaxLogBytes { get; init; } = 2L << 30;

    /// <summary>Of one checkpoint folder that is copied from a site; a larger one is not, and its workload says so.</summary>
    public long MaxCheckpointBytes { get; init; } = 20L << 30;

    /// <summary>Between two looks at what is in a checkpoint folder: what is written to between them is not whole.</summary>
    public TimeSpan CheckpointQuiet { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For so long workloads are kept after they have ended, with their logs and outputs; null: for ever.</summary>
    public TimeSpan? Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Name of the currency that prices are meant in.</summary>
    public string Currency { get; init; } = "CNY";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the engine of a site.</summary>
    public Func<EngineContext, IEngine> OpenEngine { get; init; } = EngineFactory.Open;

    /// <summary>False: nothing is written to stderr below a warning.</summary>
    public bool Verbose { get; init; } = true;

    internal string BlobFolder => Path.Combine(DataDirectory, "blobs");

    internal string CheckpointFolder => Path.Combine(DataDirectory, "checkpoints");

    internal string ResultFolder => Path.Combine(DataDirectory, "results");

    internal string WorkFolder => Path.Combine(DataDirectory, "work");

    internal string TokenPath => Path.Combine(DataDirectory, "admin.token");
}
