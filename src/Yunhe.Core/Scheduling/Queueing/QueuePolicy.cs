namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Which of those behind a blocked head may start.</summary>
public enum Backfill
{
    None,

    /// <summary>
    /// Whatever does not delay the head's reservation: it ends before it, or takes processors that the head will leave free
    /// (Lifka, "The ANL/IBM SP scheduling system", 1995).
    /// </summary>
    Easy,

    /// <summary>Only what ends before the start that the head was promised when it became the head; RLScheduler's rule (Zhang et al., SC'20).</summary>
    BeforeHead,

    /// <summary>Every job has a reservation, and none is ever delayed by a later one (Mu'alem and Feitelson, TPDS 2001).</summary>
    Conservative,

    /// <summary>
    /// Whatever does not delay the reservations of the first few, with a bound on every wait; by <see cref="SlowdownIndex"/> whatever the
    /// policy's order says, since that needs more than one figure of the prediction.
    /// </summary>
    Guarded,
}

/// <summary>How a batch machine chooses what to start.</summary>
/// <param name="Order">The head of the queue in this order starts first.</param>
/// <param name="Backfill">What may overtake it.</param>
public sealed record QueuePolicy(IQueueOrder Order, Backfill Backfill)
{
    /// <summary>In which order those behind the head are tried; null: in the queue's own. Conservative backfill ignores it.</summary>
    public IQueueOrder? Candidates { get; init; }

    /// <summary>Once the head, a job stays the head until it starts, whatever arrives.</summary>
    public bool KeepsHead { get; init; }

    public static QueuePolicy Fcfs => new(new FirstComeFirstServed(), Backfill.None);

    public static QueuePolicy Easy => new(new FirstComeFirstServed(), Backfill.Easy);

    /// <summary>EASY whose candidates are tried shortest first (Tsafrir, Etsion and Feitelson, TPDS 2007).</summary>
    public static QueuePolicy EasyShortestFirst => Easy with { Candidates = new ShortestPredicted() };

    /// <summary>Yunhe's own, to be used with <see cref="LearnedRunTimes"/>: docs/decisions/0006.</summary>
    public static QueuePolicy LeastSlowdown => new(new LeastSlowdown(), Backfill.Guarded);

    public static QueuePolicy Conservative => new(new FirstComeFirstServed(), Backfill.Conservative);
}
