namespace Yunhe.Core.Scheduling;

/// <summary>
/// Pools that are kept free for work that waits there, and until when: what would end later does not start there now. Made anew by every
/// pass over the queue.
/// </summary>
internal sealed class Reservations
{
    private readonly Dictionary<(string Site, string Pool), DateTimeOffset> starts = [];

    /// <summary>The first that waits for a pool has it kept.</summary>
    public void Keep(string site, string pool, DateTimeOffset start) => starts.TryAdd((site, pool), start);

    public bool Forbid(string site, string pool, DateTimeOffset end) =>
        starts.Count > 0 && starts.TryGetValue((site, pool), out var start) && end > start;
}
