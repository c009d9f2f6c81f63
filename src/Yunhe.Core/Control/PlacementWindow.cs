namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Assignment;
using Yunhe.Core.Workloads;

/// <summary>
/// The front of the queue decided together. It is taken only as far as it is certain what the pass, one after the other, would do with each,
/// and its answer only where everyone who would start now still does and the whole is better. So nobody loses his start to one behind him.
/// </summary>
/// <remarks>
/// Certain means: who gets a place prefers it to every wait that those ahead of him could cause; who gets none has nowhere left to go.
/// The first for whom neither can be said ends the window. For one project without limits of its own, at sites that Yunhe packs.
/// </remarks>
internal sealed class PlacementWindow
{
    /// <summary>Tasks of a window.</summary>
    private const int MostTasks = 64;

    /// <summary>Places of a task, the best; more than that are hardly ever all contested.</summary>
    private const int MostChoices = 16;

    /// <summary>Bound of the search, in packings of one pool.</summary>
    private const int MostPackings = 1000;

    private readonly State state;
    private readonly DateTimeOffset now;
    private readonly List<Member> members = [];
    private readonly Dictionary<(ReadyClass Class, string Owner), Places?> known = [];
    private readonly SortedDictionary<(string Site, string Pool), PoolNow> pools = new(PoolOrder.ByName);

    private PlacementWindow(State state, DateTimeOffset now) => (this.state, this.now) = (state, now);

    /// <summary>A task where the window puts it.</summary>
    public sealed record Choice(Workload Workload, Ready Entry, Candidate Candidate, Decision Decision);

    /// <summary>One task that waits.</summary>
    private sealed record Member(Workload Workload, Ready Entry, Places Places);

    /// <summary>Where tasks that are alike may go: pools that have room for one, and the best of those that have none.</summary>
    private sealed class Places(Subject subject, Yardstick yardstick)
    {
        public Subject Subject => subject;

        public CandidateOrder Order { get; } = CandidateOrder.For(subject.Spec);

        public List<Candidate> Free { get; } = [];

        public Candidate? Rival { get; set; }

        public Resources PerNode { get; set; }

        /// <summary>What it rather has than any wait, best first; see <see cref="PlacementWindow"/>.</summary>
        public List<Candidate> Choices { get; set; } = [];

        /// <summary>It might go elsewhere too, or rather wait.</summary>
        public bool IsCut => Choices.Count < Free.Count;

        public long Value { get; set; }

        public Candidate Scored(Candidate candidate) => candidate with { Score = yardstick.Score(candidate, subject.Spec.Objective) };

        public void Waits(Candidate rival)
        {
            if (Rival is null || Order.Compare(rival, Rival) < 0) Rival = rival;
        }
    }

    /// <summary>A pool with room, and the soonest that anything in it ends: what runs there, or could be put there by the window.</summary>
    private sealed record PoolNow(IReadOnlyList<FreeNodes> Free)
    {
        public TimeSpan SoonestEnd { get; set; } = StartForecast.Unlimited;
    }

    /// <summary>Empty: one after the other does as well, or it can't be said what it would do.</summary>
    /// <param name="state">The network.</param>
    /// <param name="now">The time.</param>
    /// <param name="heads">The first entries of the classes that are asked for.</param>
    /// <param name="patience">Who has waited longer has a pool kept for him, and ends the window.</param>
    public static IReadOnlyList<Choice> Decide(State state, DateTimeOffset now, IReadOnlyList<(ReadyClass Class, Ready Entry)> heads, TimeSpan patience)
    {
        // Tasks that are all alike have nothing to exchange; between projects it is their turns that decide.
        if (heads.Count < 2 || state.Shares.Limits || heads.Any(h => ProjectOf(h) != ProjectOf(heads[0]))) return [];
        var window = new PlacementWindow(state, now);
        window.Gather(heads);
        if (window.members.Count < 2) return [];
        window.Weigh();
        return window.Solve(patience);

        string ProjectOf((ReadyClass Class, Ready Entry) head) => head.Class.ProjectIn(state, head.Entry);
    }

    /// <summary>The queue in its order, up to the first that is not simple.</summary>
    private void Gather(IReadOnlyList<(ReadyClass Class, Ready Entry)> heads)
    {
        var next = new PriorityQueue<ReadyClass, Ready>();
        foreach (var (alike, entry) in heads) next.Enqueue(alike, entry);
        while (members.Count < MostTasks && next.TryDequeue(out var alike, out var entry))
        {
            var workload = state.Workload(entry.Workload)!;
            if (entry.Limited || (members.Count > 0 && workload.Spec.Priority != members[0].Workload.Spec.Priority)) return;
            if (workload.Spec.Array?.Limit is not null || workload.Spec.Requirements.Count > 1) return;
            var key = (alike, workload.Owner);
            if (!known.TryGetValue(key, out var places)) known.Add(key, places = PlacesOf(workload, entry));
            if (places is null) return;
            var tasks = entry.Task is null ? workload.Unstarted : 1;
            for (var i = 0; i < tasks && members.Count < MostTasks; i++) members.Add(new(workload, entry, places));
            if (alike.After(entry) is { } behind) next.Enqueue(alike, behind);
        }
    }

    /// <summary>Null: it could go where Yunhe does not know what is free node by node, where nodes are reserved, or where cards are shared out.</summary>
    private Places? PlacesOf(Workload workload, Ready entry)
    {
        var subject = Subject.Of(workload, entry.Task is { } task ? state.Task(task) : null);
        var asked = workload.Spec.Requirements[0].PerNode;
        if (subject.Avoid is not null || asked.Share > 0 || subject.Spec.Reservation is not null || subject.Spec.Fabric == FabricWish.Same || Placement.UsesIndex(state, subject)) return null;
        var places = new Places(subject, Placement.Measure(state, subject, now)) { PerNode = asked };
        var cheapest = (Figures?)null;
        foreach (var site in state.Sites)
        {
            if (SiteFilter.Unwanted(site.Site, subject) is not null) continue;
            foreach (var offer in Estimates.Offers(state, site, subject, now).Offers)
            {
                if (SiteFilter.TooMany(offer.Pool, subject.Spec) is not null || SiteFilter.Closed(site) is not null) continue;
                if (site.Site.Engine.SchedulesItself || !Add(offer, places)) return null;
                if (cheapest is null || offer.Figures.Cost < cheapest.Value.Cost) cheapest = offer.Figures;
            }
        }
        places.Free.Sort(places.Order);
        places.Value = cheapest is { } least ? WindowCost.Value(least.Cost, subject.Spec.Nodes, least.RunTime) : 0;
        return places;
    }

    private bool Add(Offer offer, Places places)
    {
        var (site, pool) = (offer.Site.Name, offer.Pool.Name);
        if (state.Reserved.At(site, pool).Count > 0) return false;
        var candidate = places.Scored(Estimates.WithWait(state, offer, places.Subject, now, null));
        if (!candidate.FreeNow)
        {
            places.Waits(candidate);
            return true;
        }
        if (!pools.TryGetValue((site, pool), out var poolNow))
        {
            if (state.Capacity(site)?.FreeNodes(pool) is not { } free) return false;
            pools.Add((site, pool), poolNow = new(free));
            foreach (var holding in state.Ends(site, pool))
                if (StartForecast.EndOf(state, holding, now) - now is var left && left < poolNow.SoonestEnd) poolNow.SoonestEnd = left;
        }
        places.Free.Add(candidate);
        if (candidate.FinishIn < poolNow.SoonestEnd) poolNow.SoonestEnd = candidate.FinishIn;
        return true;
    }

    /// <summary>Keeps of each what it would take rather than wait for anything, as soon as that could come free at best.</summary>
    private void Weigh()
    {
        foreach (var places in known.Values.OfType<Places>())
        {
            foreach (var free in places.Free)
                places.Waits(places.Scored(free with { FreeNow = false, WaitP50 = pools[(free.Site, free.Pool)].SoonestEnd }));
            places.Choices = [.. places.Free.TakeWhile(f => places.Order.Compare(f, places.Rival) < 0).Take(MostChoices)];
        }
    }

    private List<Choice> Solve(TimeSpan patience)
    {
        var numbers = new Dictionary<(string, string), int>();
        foreach (var place in pools.Keys) numbers.Add(place, numbers.Count);
        var free = pools.Select(p => new WindowPool($"{p.Key.Site}/{p.Key.Pool}", p.Value.Free)).ToList();
        var items = members.ConvertAll(m => ItemOf(m, numbers));
        var greedy = new bool[items.Count];
        foreach (var (item, _, _) in GreedyAssignment.Solve(new(free, items)).Taken) greedy[item] = true;
        var certain = Certain(greedy, patience);
        // Who would start now starts, whatever that costs the others.
        for (var i = 0; i < certain; i++)
            if (greedy[i]) items[i] = items[i] with { Waiting = WindowCost.Highest };
        var answer = JointAssignment.Solve(new(free, items[..certain]), MostPackings);
        if (answer.Gain <= 0) return [];
        var starts = answer.Taken.Select(t => t.Item).ToHashSet();
        for (var i = 0; i < certain; i++)
            if (greedy[i] && !starts.Contains(i)) return [];
        var more = starts.Count - greedy[..certain].Count(g => g);
        return Choices(answer.Taken, certain, new(starts.Count - 1, more, new(answer.Gain)));
    }

    private WindowItem ItemOf(Member member, Dictionary<(string, string), int> numbers)
    {
        var (spec, places) = (member.Workload.Spec, member.Places);
        var choices = places.Choices.ConvertAll(c => new WindowChoice(numbers[(c.Site, c.Pool)], places.PerNode, spec.Nodes, WindowCost.Of(c.Score, places.Value)));
        var dearest = choices.Select(c => c.Cost).DefaultIfEmpty(0).Max();
        return new(choices, WindowCost.Waiting(dearest, places.Value, spec.Priority, now - member.Entry.Since));
    }

    /// <summary>How many from the first on.</summary>
    private int Certain(bool[] greedy, TimeSpan patience)
    {
        for (var i = 0; i < members.Count; i++)
        {
            if (greedy[i]) continue;
            if (members[i].Places.IsCut) return i;
            if (now - members[i].Entry.Since > patience) return i + 1;
        }
        return members.Count;
    }

    /// <summary>Of those that are alike the first in the queue start, wherever.</summary>
    private List<Choice> Choices(IReadOnlyList<Assigned> taken, int certain, Together together)
    {
        var waiting = members.Take(certain).GroupBy(m => m.Places).ToDictionary(g => g.Key, g => new Queue<Member>(g));
        var decisions = new Dictionary<Places, Decision>();
        var choices = new List<Choice>();
        foreach (var (item, number, _) in taken)
        {
            var places = members[item].Places;
            if (!decisions.TryGetValue(places, out var decision)) decisions.Add(places, decision = Placement.Evaluate(state, places.Subject, now));
            var (member, chosen) = (waiting[places].Dequeue(), places.Choices[number]);
            var candidates = decision.Candidates.Where(c => c.Site != chosen.Site).Prepend(chosen).ToList();
            choices.Add(new(member.Workload, member.Entry, chosen, decision with { Candidates = candidates, Together = together }));
        }
        return choices;
    }
}
