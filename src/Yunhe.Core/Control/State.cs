using System.Collections.Immutable;

namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>
/// The whole network in memory, changed only by <see cref="Apply"/>. Not thread-safe: one thread steps and reads it. The records
/// that it holds are immutable, so a reader may keep them.
/// </summary>
public sealed partial class State
{
    /// <summary>ID of this network, part of the mark on every engine job; empty before <see cref="NetworkCreated"/>.</summary>
    public string Network { get; private set; } = "";

    /// <summary>How many durable events have been applied; the position in the log.</summary>
    public long Version { get; private set; }
}
