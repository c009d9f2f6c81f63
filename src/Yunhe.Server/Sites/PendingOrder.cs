using Yunhe.Core.Control;

namespace Yunhe.Server.Sites;

/// <summary>An order to an engine that has not been carried out yet.</summary>
/// <param name="MayExist">An earlier try may have reached the engine.</param>
/// <param name="Tries">Failed so far.</param>
/// <param name="NotBefore">Timestamp of the next try.</param>
internal sealed record PendingOrder(Effect Effect, bool MayExist, int Tries = 0, DateTimeOffset NotBefore = default)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public PendingOrder After(DateTimeOffset now, bool mayExist) =>
        this with { Tries = Tries + 1, MayExist = MayExist || mayExist, NotBefore = now + Pause(Tries) };

    /// <summary>0.1 s, doubled each time, at most 30 s.</summary>
    public static TimeSpan Pause(int tries) =>
        tries >= 9 ? LongestPause : TimeSpan.FromMilliseconds(Math.Min(100 << tries, LongestPause.TotalMilliseconds));
}
