using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>
/// How sites look for a workload once what is ahead of it in the queue has had its turn, with calibrated waits: what quotes, explanations
/// and lists show. A placement itself is decided without it, when the workload's turn has come.
/// </summary>
internal sealed class StartOutlook
{
    private readonly State state;
    private readonly Subject subject;
    private readonly DateTimeOffset now;
    private readonly QueuePlan? plan;
    private readonly Backlog? backlog;

    /// <summary>Others with the same needs are ahead: if they can't start, it can't.</summary>
    private readonly bool isBehindItsLike;

    private StartOutlook(State state, Subject subject, Place place, DateTimeOffset now)
    {
        (this.state, this.subject, this.now) = (state, subject, now);
        if (state.Sites.Count <= Placement.MostWeighed) plan = QueuePlan.Of(state, now, place);
        else backlog = new(state, place);
        isBehindItsLike = state.Ready.FirstOf(RequirementClass.Of(subject)) is { } first && first.CompareTo(place.Entry) < 0;
    }

    /// <param name="state">The network.</param>
    /// <param name="subject">The next task of a workload that waits, or of one that would be handed in now.</param>
    /// <param name="entry">Its place in the queue; null: it would come behind its like.</param>
    /// <param name="now">The time.</param>
    public static Decision Of(State state, Subject subject, Ready? entry, DateTimeOffset now)
    {
        var place = entry ?? new(QueueOrder.RankOf(subject.Spec, now, state.SharePolicy.Order, state.HandicapOf(subject.Owner, subject.Project, subject.Spec)), now, new(state.LastWorkload + 1), null, subject.IsLimited);
        return Placement.Evaluate(state, subject, now, ahead: new(state, subject, new(subject.Project, place), now));
    }

    /// <summary>The candidate with its wait; <paramref name="free"/>: it would start if nobody were ahead.</summary>
    public Candidate WithWait(Offer offer, bool free)
    {
        var (nodes, length) = (subject.Spec.Nodes, LengthAt(offer));
        var atEngine = offer.Site.Engine.SchedulesItself;
        var seconds = plan is null ? (free ? 0 : Behind(offer.Pool).TotalSeconds) : plan.WaitAt(offer, nodes, length) ?? 0;
        if (free && seconds < 1 && !isBehindItsLike) return offer.Now(packing: Room.Packing(state, offer));
        if (!free)
        {
            var room = StartForecast.Likely(state, offer.Site, offer.Pool, offer.Asked, nodes, now, Room.OneFabric(offer.Pool, subject.Spec)).TotalSeconds;
            // A plan has laid out what runs as well; a sum of what waits has not.
            seconds = plan is null ? seconds + room : Math.Max(seconds, room);
        }
        return After(offer, seconds, atEngine);
    }

    /// <summary>The same of a large network, where a pool's own wait is known.</summary>
    public Candidate WithWait(Offer offer, TimeSpan wait) => After(offer, wait.TotalSeconds, offer.Site.Engine.SchedulesItself);

    /// <summary>How long pools like that of an offer are busy with what is ahead, in a large network.</summary>
    public TimeSpan Behind(Network.Pool pool) => RunTime.Sane(backlog?.SecondsAt(pool, subject.Spec.Requirements[0].Accelerator is not null) ?? 0);

    private Candidate After(Offer offer, double seconds, bool atEngine)
    {
        var rolled = Math.Max(1, seconds);
        var (p50, p90) = state.Forecasts.Calibrate(rolled, atEngine);
        return Room.Waiting(state, offer, subject, p50, p90, now, null) with { Rolled = rolled };
    }

    /// <summary>What is kept to be learned from; null: it waits for more than its turn, or nobody knows where it will go.</summary>
    public static Foretold? Keep(State state, Decision decision) => decision.Candidates is [{ Excluded: null, WaitsFor: null } best, ..]
        ? new(best.Rolled, best.WaitP50, best.WaitP90, state.Site(best.Site)!.Site.Engine.SchedulesItself)
        : null;

    private double LengthAt(Offer offer) => state.Lengths.Expect(subject.Owner, subject.Project, subject.Spec, 0);
}
