namespace Yunhe.Core.Workloads;

/// <summary>What a workload says of its checkpoints.</summary>
/// <param name="Path">The folder of the working directory that the program writes them to.</param>
/// <param name="Every">How often that folder is copied to the server while it runs.</param>
public sealed record CheckpointSpec(string Path, TimeSpan Every);

/// <summary>A copy, at the server, of what lay in a task's checkpoint folder: what the task's next attempt begins with.</summary>
/// <param name="From">The attempt that it was copied from.</param>
/// <param name="Sha256">Of the tar, in hex; its name at the server.</param>
/// <param name="Covers">Run time of the task up to the copy, which need not be repeated: that of the attempts before it too.</param>
public sealed record Checkpoint(AttemptId From, string Sha256, long Bytes, DateTimeOffset TakenAt, TimeSpan Covers);
