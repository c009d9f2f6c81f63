namespace Yunhe.Core.Scheduling;

/// <summary>Hard limits on what an otherwise feasible candidate would take and cost.</summary>
internal static class Limits
{
    public static Candidate Apply(Candidate candidate, Subject subject, DateTimeOffset now)
    {
        if (subject.Spec.Budget is { } budget && subject.Spent + subject.Committed + candidate.Cost > budget)
        {
            // What is kept for tasks that run may turn out not to be needed.
            var never = subject.Spent + candidate.Cost > budget;
            return new(candidate.Site)
            {
                Excluded = $"budget: would cost about ¥{candidate.Cost}, ¥{budget - subject.Spent} of ¥{budget} are left"
                    + (never ? "" : $", ¥{subject.Committed} of it kept for tasks under way"),
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
