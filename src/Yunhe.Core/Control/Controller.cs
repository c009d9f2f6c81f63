namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Workloads;

/// <summary>The one decision: what follows from an input. Pure but for the state that it is given, which it changes by its events.</summary>
public static class Controller
{
    public static StepResult Step(State state, Input input, DateTimeOffset now, Random random)
    {
        var step = new Step(state, now, random);
        switch (input)
        {
            case CreateNetwork: SiteRules.CreateNetwork(step); break;
            case AddSite i: SiteRules.Add(step, i); break;
            case EditSite i: SiteRules.Edit(step, i); break;
            case DrainSite i: SiteRules.Drain(step, i); break;
            case RemoveSite i: SiteRules.Remove(step, i); break;
            case SetProject i: ProjectRules.Set(step, i); break;
            case RemoveProject i: ProjectRules.Remove(step, i); break;
            case SetSharePolicy i: ProjectRules.SetPolicy(step, i); break;
            case SetFacilities i: CensusRules.Set(step, i); break;
            case RemoveFacility i: CensusRules.Remove(step, i); break;
            case RecordMeasurement i: CensusRules.Measured(step, i); break;
            case AddReservation i: ReservationRules.Add(step, i); break;
            case RemoveReservation i: ReservationRules.Remove(step, i); break;
            case Observe i: ObservationRules.Observe(step, i); break;
            case ReportUnreachable i: ObservationRules.WentAway(step, i); break;
            case RequestQuote i: SubmissionRules.Quote(step, i); break;
            case Submit i: SubmissionRules.Submit(step, i); break;
            case Cancel i: CancelRules.Cancel(step, i); break;
            case AttemptAccepted i: AttemptRules.Accepted(step, i); break;
            case AttemptRefused i: AttemptRules.Refused(step, i); break;
            case AttemptNotStarted i: AttemptRules.NotStarted(step, i); break;
            case AttemptBroughtBack i: AttemptRules.BroughtBack(step, i); break;
            case CheckpointStored i: CheckpointRules.Stored(step, i); break;
            case CheckpointMissed i: CheckpointRules.Missed(step, i); break;
            case EffectDone i: step.Finish(i.Effect.Id); break;
            case ForgetEnded i: RetentionRules.ForgetEnded(step, i); break;
            case Tick: TimerRules.Tick(step); PlacementPass.Run(step); SpillOver.Run(step); break;
            default: throw new NotSupportedException($"no rule for {input.GetType().Name}");
        }
        return step.Result();
    }

    /// <summary>How all sites look for a workload now; the first feasible candidate is where its next task would go.</summary>
    public static Decision Evaluate(State state, WorkloadSpec spec, string owner, DateTimeOffset now) =>
        Placement.Evaluate(state, new(spec, owner, default), now);

    /// <summary>The same for a workload that exists: with what it has spent and the quote that binds it.</summary>
    public static Decision Evaluate(State state, Workload workload, DateTimeOffset now) =>
        Placement.Evaluate(state, Subject.Of(workload), now);

    /// <summary>
    /// The same with what is ahead of it in the queue, and with waits that are calibrated by how earlier forecasts came out: what people are
    /// told. Of a workload that would be handed in now.
    /// </summary>
    public static Decision Forecast(State state, WorkloadSpec spec, string owner, DateTimeOffset now) =>
        StartOutlook.Of(state, new(spec, owner, default), null, now);

    /// <summary>Of a workload that exists.</summary>
    public static Decision Forecast(State state, Workload workload, DateTimeOffset now) =>
        StartOutlook.Of(state, Subject.Of(workload), state.PlaceOf(workload), now);

    /// <summary>When what runs is taken to end, wherever something is decided by it.</summary>
    public static DateTimeOffset ExpectedEnd(State state, Attempt running, DateTimeOffset now) =>
        StartForecast.EndOf(state, Holding.Of(running, state.Workload(running.Id.Task.Workload)!), now);
}
