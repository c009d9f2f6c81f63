namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Workloads;

/// <summary>
/// Weighs a request in a large network without looking at every site: the best pools that have room now, and those better ones that would
/// have to be waited for. It chooses what weighing all would, but for pools beyond the first few that are full (<see cref="MostRivals"/>).
/// </summary>
internal sealed class Shortlist
{
    /// <summary>Full pools that are weighed against those with room: the best so many of the ranking.</summary>
    private const int MostRivals = 8;

    /// <summary>Pools with room that a decision shows.</summary>
    private const int MostShown = 2;

    /// <summary>Pools with room whose scores are equal to the best that are held against each other: the first so many by name.</summary>
    private const int MostTied = 8;

    /// <summary>Full pools that a decision shows, unless a limit of the workload's own excludes some.</summary>
    private const int MostShownRivals = 1;

    private readonly State state;
    private readonly Subject subject;
    private readonly DateTimeOffset now;
    private readonly Reservations? kept;
    private readonly Openings openings;
    private readonly StartOutlook? ahead;
    private readonly List<Candidate> found = new(MostShown + MostShownRivals);
    private Candidate? limited;

    private Shortlist(State state, Subject subject, DateTimeOffset now, Reservations? kept, Openings openings, StartOutlook? ahead) =>
        (this.state, this.subject, this.now, this.kept, this.openings, this.ahead) = (state, subject, now, kept, state.Pools.CaughtUp(openings), ahead);

    public static Decision Decide(State state, Subject subject, DateTimeOffset now, Reservations? kept, Openings openings, StartOutlook? ahead) =>
        new Shortlist(state, subject, now, kept, openings, ahead).Decide();

    /// <summary>The ranking's yardstick for a request that is not the one that it was made for.</summary>
    public static Yardstick Measure(State state, Subject subject, DateTimeOffset now)
    {
        var openings = state.Pools.OpeningsFor(state, subject, now);
        if (openings.Fastest < 0) return openings.Ranking.Yardstick;
        var (pool, alternative) = openings.Ranking[openings.Fastest];
        var (cost, time) = openings.Ranking.Figures(openings.Fastest);
        return Estimates.Of(state, pool, openings.ShapeOf(alternative), subject, alternative, now) is { Figures: var offer }
            ? openings.Ranking.Yardstick.Scaled((offer.Floor.Micros + 1.0) / (cost + 1.0), (offer.Length.Ticks + 1.0) / (time + 1.0))
            : openings.Ranking.Yardstick;
    }

    private Decision Decide()
    {
        FindRivals(before: FindRoom());
        if (found.Count == 0 && limited is null)
        {
            // What had room when rivals were looked for has none now.
            openings.LookAgain(now);
            FindRivals(before: openings.Ranking.Count);
        }
        if (found.Count == 0 && limited is not null) found.Add(Never() ?? limited with { Passing = true });
        return Placement.Rank(found, subject, now, state.Sites.Count - Sites(found), openings.Exclusions, someCould: found.Count == 0 && openings.Cheapest >= 0);
    }

    /// <summary>How many they are of: few, so that no set is needed.</summary>
    private static int Sites(List<Candidate> candidates)
    {
        var sites = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            var before = 0;
            while (candidates[before].Site != candidates[i].Site) before++;
            if (before == i) sites++;
        }
        return sites;
    }

    /// <summary>The first pools that have room; returns the rank of the first of them, or how many there are if there is none.</summary>
    private int FindRoom()
    {
        var ranking = openings.Ranking;
        var (first, best) = (ranking.Count, double.NaN);
        for (int rank = openings.NextMarked(0), next; rank >= 0 && IsWanted(rank); rank = next)
        {
            next = openings.NextMarked(rank + 1);
            var (number, alternative) = ranking[rank];
            if (!state.Pools.Fits(number, openings.ShapeOf(alternative)) || state.Pools[number].Slot is { IsOpen: false } or { HasFullQueue: true }) openings.Unmark(rank);
            else if (Estimates.Of(state, number, openings.ShapeOf(alternative), subject, alternative, now) is { } offer && Room.Of(state, offer, subject, now, kept, fits: true) is not null)
            {
                var score = ranking.ScoreOf(rank);
                var isTied = score == best || (found.Count == 0 && next >= 0 && ranking.ScoreOf(next) == score);
                if (!Keep(offer.Now(score, isTied ? Room.Packing(state, offer) : 0), offer.Asked)) continue;
                if (found.Count == 1) best = score;
                if (offer.Site.Name != subject.Avoid) first = Math.Min(first, rank);
            }
        }
        // A mark may be out of date: what it was held against had no room. What is kept of a decision must not tell which marks there were.
        if (found is [{ Packing: not 0 } alone, ..] && (found.Count == 1 || found[1].Score != alone.Score)) found[0] = alone with { Packing = 0 };
        if (found.Count > MostShown)
        {
            found.Sort(CandidateOrder.For(subject.Spec));
            found.RemoveRange(MostShown, found.Count - MostShown);
        }
        return first;

        // Where a site is to be avoided, its pools must not take the places of others.
        bool IsWanted(int rank) => found.Count < MostShown || (found.Count < MostTied && subject.Avoid is null && ranking.ScoreOf(rank) == best);
    }

    /// <summary>Pools of a better rank, which are full now, each with its wait.</summary>
    private void FindRivals(int before)
    {
        openings.Refresh(now);
        var open = int.MaxValue;
        for (; openings.Looked < before && openings.Rivals.Count < MostRivals; openings.Looked++)
        {
            if (!openings.IsAllowed(openings.Looked)) continue;
            if (WaitAt(openings.Looked) is { } rival) openings.Rivals.Add(rival);
            else if (open == int.MaxValue && OfferAt(openings.Looked) is not null) open = openings.Looked;
        }
        Weigh(before);
        // One that has room, but not for this request, may be a rival to the next.
        if (open == int.MaxValue) return;
        openings.Looked = open;
        openings.Rivals.RemoveAll(r => r.Rank > open);
    }

    private void Weigh(int before)
    {
        if (openings.Rivals.Count == 0) return;
        // By the ranking's own figures, brought to the length of this request, only the best of them need be weighed.
        var perSecond = openings.Ranking.PerSecond * LengthOf(openings.Rivals[0].Rank, out var length);
        Span<Weighed> rivals = stackalloc Weighed[MostRivals];
        var count = 0;
        foreach (var rival in openings.Rivals)
        {
            if (rival.Rank >= before) break;
            var wait = Left(rival.Start) + Behind(rival.Rank, length);
            var alternative = subject.Spec.Ordered ? openings.Ranking[rival.Rank].Alternative : 0;
            rivals[count++] = new(alternative, openings.Ranking.ScoreOf(rival.Rank) + perSecond * wait.TotalSeconds, wait, rival);
        }
        rivals[..count].Sort();
        for (var i = 0; i < Math.Min(count, subject.IsLimited ? MostRivals : MostShownRivals); i++)
        {
            var (rival, wait) = (rivals[i].Rival, rivals[i].Wait);
            if (OfferAt(rival.Rank) is { } offer)
            {
                var waiting = ahead?.WithWait(offer, wait) ?? Room.Waiting(state, offer, subject, wait, wait - Left(rival.Start) + LatestWait(rival, offer), now, kept);
                Keep(waiting with { Score = openings.Ranking.Score(rival.Rank, offer.Figures.Length, waiting.WaitP50) }, offer.Asked);
            }
        }
    }

    /// <summary>A rival with its wait and its score with that.</summary>
    private readonly record struct Weighed(int Alternative, double Score, TimeSpan Wait, Rival Rival) : IComparable<Weighed>
    {
        public int CompareTo(Weighed other)
        {
            var c = Alternative.CompareTo(other.Alternative);
            if (c == 0) c = Score.CompareTo(other.Score);
            if (c == 0) c = Wait.CompareTo(other.Wait);
            return c == 0 ? Rival.Rank.CompareTo(other.Rival.Rank) : c;
        }
    }

    private TimeSpan Behind(int rank, TimeSpan length)
    {
        if (ahead is not null) return ahead.Behind(state.Pools[openings.Ranking[rank].Pool].Pool);
        if (kept is null) return TimeSpan.Zero;
        return kept.WaitBehind(openings.Ranking[rank].Pool, openings.Ranking.NodesAt(rank), subject.Spec.Nodes, length);
    }

    /// <summary>When it could start at a pool that is full; null: it is closed, or has room.</summary>
    private Rival? WaitAt(int rank)
    {
        if (OfferAt(rank) is not { } offer || Room.Of(state, offer, subject, now, kept) is not null) return null;
        return new(rank, state.Pools.StartOf(state, offer, openings.Ranking[rank].Pool, openings.ShapeOf(offer.Alternative), now));
    }

    private TimeSpan LatestWait(Rival rival, Offer offer)
    {
        var (pool, alternative) = openings.Ranking[rival.Rank];
        var latest = state.Pools.LatestStartOf(state, offer, pool, openings.ShapeOf(alternative), now);
        return Left(latest > rival.Start ? latest : rival.Start);
    }

    /// <summary>How long the ranking's own request takes at a rank, to this one.</summary>
    private double LengthOf(int rank, out TimeSpan time)
    {
        var (pool, alternative) = openings.Ranking[rank];
        (time, _) = RunTime.Estimate(state.History, subject, subject.Spec.Requirements[alternative].In(state.Pools[pool].Pool));
        return time > TimeSpan.Zero ? (double)openings.Ranking.Figures(rank).Time / time.Ticks : 1;
    }

    /// <summary>Whether it is within its limits.</summary>
    private bool Keep(Candidate candidate, Requirement asked)
    {
        var scored = Limits.Apply(state, candidate, asked, subject, now);
        if (scored.Excluded is null) found.Add(scored);
        else if (limited is null || (scored.Passing && !limited.Passing)) limited = scored;
        return scored.Excluded is null;
    }

    /// <summary>Why it could start nowhere, were all free; null: it could.</summary>
    private Candidate? Never()
    {
        // Of the request that the ranking was made for: with more to move, or a shorter run, another pool may be the cheapest.
        if (Allows(openings.Cheapest, out var never) && Allows(openings.Fastest, out never)) return null;
        // One that waits is ended for its budget alone.
        if (kept is not null && never is { OverBudget: false }) return never;
        for (var rank = 0; rank < openings.Ranking.Count; rank++)
            if (openings.IsAllowed(rank) && Allows(rank, out _)) return null;
        return never;
    }

    private bool Allows(int rank, out Candidate? never)
    {
        never = null;
        var (pool, alternative) = openings.Ranking[rank];
        if (Estimates.Of(state, pool, openings.ShapeOf(alternative), subject, alternative, now) is not { } offer) return false;
        var applied = Limits.Apply(state, offer.Now(), offer.Asked, subject, now);
        if (applied.Excluded is null || applied.Passing) return true;
        never = applied;
        return false;
    }

    private TimeSpan Left(DateTimeOffset start) => start > now ? start - now : TimeSpan.Zero;

    /// <summary>Null: the site takes nothing now, or its figures can't be counted.</summary>
    private Offer? OfferAt(int rank)
    {
        var (pool, alternative) = openings.Ranking[rank];
        return state.Pools[pool].Slot.IsOpen ? Estimates.Of(state, pool, openings.ShapeOf(alternative), subject, alternative, now) : null;
    }
}
