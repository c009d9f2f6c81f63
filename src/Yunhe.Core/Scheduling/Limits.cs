namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>Hard limits on what an otherwise feasible candidate would take and cost.</summary>
internal static class Limits
{
    /// <param name="state">The network.</param>
    /// <param name="candidate">What is held against the limits.</param>
    /// <param name="asked">What it asks of each node, with the pool's model.</param>
    /// <param name="subject">Whose limits.</param>
    /// <param name="now">The time.</param>
    public static Candidate Apply(State state, Candidate candidate, Requirement asked, Subject subject, DateTimeOffset now)
    {
        if (state.Shares.Limits && state.Shares.MayStart(subject.Project, Use.Of(asked, subject.Spec.Nodes), subject.Spec.Preemptible != false) is { } held)
            return new(candidate.Site) { Excluded = held.Why, Passing = held.Passing };
        return Apply(candidate, subject, now);
    }

    /// <summary>All but those of its project.</summary>
    public static Candidate Apply(Candidate candidate, Subject subject, DateTimeOffset now)
    {
        if (subject.Spec.Budget is { } budget && subject.Spent + subject.Committed + candidate.Cost > budget)
        {
            // What is kept for tasks that run may turn out not to be needed, and another hour may be cheaper.
            var never = subject.Spent + candidate.Floor > budget;
            return new(candidate.Site)
            {
                Excluded = $"budget: would cost about ¥{candidate.Cost}, ¥{budget - subject.Spent} of ¥{budget} are left"
                    + (never || subject.Committed == Money.Zero ? "" : $", ¥{subject.Committed} of it kept for tasks under way"),
                OverBudget = never,
                Passing = !never,
            };
        }
        if (subject.Spec.Deadline is { } deadline && now + candidate.FinishIn > deadline)
            return new(candidate.Site)
            {
                Excluded = $"deadline: would finish about {now + candidate.FinishIn:u}, after {deadline:u}",
                Passing = now + candidate.Staging + candidate.RunTime <= deadline,
            };
        return candidate;
    }
}
