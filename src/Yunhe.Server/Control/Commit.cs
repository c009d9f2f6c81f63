using Yunhe.Core.Control;

namespace Yunhe.Server.Control;

internal readonly record struct StoredEvent(long Version, Event Fact);

/// <summary>What one transaction made durable.</summary>
internal sealed record Commit(IReadOnlyList<StoredEvent> Events, IReadOnlyList<Effect> Effects);

/// <summary>More is handed in than is stored; nothing of the refused input happened.</summary>
internal sealed class OverloadedException() : Exception("more comes in than can be stored; try again shortly");
