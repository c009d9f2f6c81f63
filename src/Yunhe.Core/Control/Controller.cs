namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>The one decision: what follows from an input. Pure but for the state that it is given, which it changes by its events.</summary>
public static class Controller
{
    public static StepResult Step(State state, Input input, DateTimeOffset now, Random random) =>
        throw new NotSupportedException($"{state} {input} {now} {random}");

    /// <summary>How all sites look for a workload now; the first feasible candidate is where its next task would go.</summary>
    public static Decision Evaluate(State state, WorkloadSpec spec, string owner, DateTimeOffset now) =>
        throw new NotSupportedException($"{state} {spec} {owner} {now}");
}
