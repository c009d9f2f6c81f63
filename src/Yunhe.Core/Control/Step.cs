namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>One step in the making: what it knows, and what it has decided so far. Every event is applied as it is decided.</summary>
internal sealed class Step(State state, DateTimeOffset now, Random random)
{
    private readonly List<Event> events = [];
    private readonly List<Effect> effects = [];
    private readonly List<string> done = [];

    public State State => state;

    public DateTimeOffset Now => now;

    public Random Random => random;

    public Refusal? Refusal { get; private set; }

    public WorkloadId? Workload { get; set; }

    public Quote? Quote { get; set; }

    public void Emit(Event fact)
    {
        state.Apply(fact);
        events.Add(fact);
    }

    public void Order(Effect effect) => effects.Add(effect);

    public void Finish(string effectId) => done.Add(effectId);

    /// <summary>Only before the first event: a refused input changes nothing.</summary>
    public void Refuse(RefusalKind kind, string message, IReadOnlyList<Candidate>? candidates = null)
    {
        if (events.Count > 0) throw new InvalidOperationException($"refused after it had begun: {message}");
        Refusal = new(kind, message) { Candidates = candidates ?? [] };
    }

    public StepResult Result() => new(events, effects, done, Refusal) { Workload = Workload, Quote = Quote };
}
