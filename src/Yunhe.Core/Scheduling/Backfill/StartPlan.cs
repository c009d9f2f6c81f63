using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;

namespace Yunhe.Core.Scheduling.Backfill;

/// <summary>
/// Conservative backfill: in the order of the queue each waiting task has its place in time, on nodes of the pool where it waits, and nothing
/// that starts earlier is in its way. Made anew by every pass, of what runs then. For pools that Yunhe packs.
/// </summary>
internal sealed class StartPlan(State state, DateTimeOffset now)
{
    /// <summary>Tasks that have their place; those behind start where they are in nobody's way.</summary>
    public const int MostPlanned = 200;

    /// <summary>Tasks that are looked at and have no place, as their pools are.</summary>
    private const int MostInVain = 1000;

    private readonly Dictionary<(string Site, string Pool), PoolTimeline> timelines = [];
    private int planned;
    private int inVain;

    public bool IsFull => planned >= MostPlanned || inVain >= MostInVain;

    /// <summary>Until its limit, where it has one: it has that long whatever it is expected to take.</summary>
    public static TimeSpan LengthOf(Offer offer, Subject subject) => offer.Figures.Staging + (subject.Spec.TimeLimit ?? Unlimited(offer.Figures.RunTime));

    /// <summary>Without a limit it may last much longer than is expected, and those who have their places rely on it.</summary>
    public static TimeSpan Unlimited(TimeSpan expected) => expected > StartForecast.Unlimited ? expected : StartForecast.Unlimited;

    /// <summary>The nodes of a pool where it would be in nobody's way; null: nobody is planned there.</summary>
    public NodeFilter? Open(Offer offer, Subject subject) => timelines.TryGetValue(PlaceOf(offer), out var timeline) ? timeline.Open(offer, subject) : null;

    /// <summary>How long it would wait behind those that are planned in a pool; null: nobody is, or it finds no place.</summary>
    public TimeSpan? Wait(Offer offer, Subject subject) =>
        timelines.TryGetValue(PlaceOf(offer), out var timeline) && timeline.Earliest(offer, subject) is { } found ? RunTime.Sane((found.Start - now).TotalSeconds) : null;

    /// <summary>Its place is kept. False: as many have theirs as may, or the pool has none for it.</summary>
    public bool Keep(Offer offer, Subject subject)
    {
        if (IsFull || offer.Site.Engine.SchedulesItself) return false;
        if (!timelines.TryGetValue(PlaceOf(offer), out var timeline)) timelines.Add(PlaceOf(offer), timeline = new(state, offer.Site, offer.Pool, now));
        if (timeline.Earliest(offer, subject) is not { } found)
        {
            inVain++;
            return false;
        }
        planned++;
        timeline.Take(found.Nodes, found.Start, found.Start + LengthOf(offer, subject), offer.Asked.PerNode);
        return true;
    }

    /// <summary>One starts now on nodes of a pool, by their places from 0.</summary>
    public void Started(Offer offer, Subject subject, IEnumerable<int> nodes)
    {
        if (timelines.TryGetValue(PlaceOf(offer), out var timeline)) timeline.Take(nodes, now, now + LengthOf(offer, subject), offer.Asked.PerNode);
    }

    private static (string Site, string Pool) PlaceOf(Offer offer) => (offer.Site.Name, offer.Pool.Name);
}
