using System.Text.Json.Serialization;

namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>
/// Something to do at a site, stored in the transaction of the events that ask for it and deleted when an input that says
/// it is done is stored. Doing it twice is harmless. Effects of one site are done in order.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "$")]
[JsonDerivedType(typeof(StartAttempt), "start")]
[JsonDerivedType(typeof(CancelAttempt), "cancel")]
[JsonDerivedType(typeof(RecallAttempt), "recall")]
[JsonDerivedType(typeof(CollectAttempt), "collect")]
[JsonDerivedType(typeof(ForgetAttempt), "forget")]
public abstract record Effect(string Site, AttemptId Attempt)
{
    [JsonIgnore]
    public abstract string Id { get; }
}

/// <summary>Done by <see cref="AttemptAccepted"/>, <see cref="AttemptRefused"/> or <see cref="AttemptNotStarted"/>.</summary>
public sealed record StartAttempt(string Site, AttemptId Attempt) : Effect(Site, Attempt)
{
    public override string Id => $"start:{Attempt}";
}

/// <summary>Done by <see cref="EffectDone"/>; the end itself is observed.</summary>
public sealed record CancelAttempt(string Site, AttemptId Attempt) : Effect(Site, Attempt)
{
    public override string Id => $"cancel:{Attempt}";
}

/// <summary>End it unless it has begun. Done by <see cref="EffectDone"/>; what came of it is observed.</summary>
public sealed record RecallAttempt(string Site, AttemptId Attempt) : Effect(Site, Attempt)
{
    public override string Id => $"recall:{Attempt}";
}

/// <summary>Bring logs and outputs to the server, then let the site forget it. Done by <see cref="AttemptBroughtBack"/>.</summary>
public sealed record CollectAttempt(string Site, AttemptId Attempt) : Effect(Site, Attempt)
{
    public override string Id => $"collect:{Attempt}";
}

/// <summary>Done by <see cref="EffectDone"/>.</summary>
public sealed record ForgetAttempt(string Site, AttemptId Attempt) : Effect(Site, Attempt)
{
    public override string Id => $"forget:{Attempt}";
}
