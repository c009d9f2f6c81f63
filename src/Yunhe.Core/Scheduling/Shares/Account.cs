namespace Yunhe.Core.Scheduling.Shares;

/// <summary>What a project, or a tenant with all its projects, holds and has used. Outlives its declaration.</summary>
internal sealed class Account(string name)
{
    private (DateTimeOffset At, (double Cpus, double MemoryMiB, double Tenths) Use)? average;

    public string Name => name;

    /// <summary>Null: it is not, or no longer, declared.</summary>
    public Project? Project { get; set; }

    /// <summary>Null: it belongs to none.</summary>
    public Account? Tenant { get; init; }

    public Holdings Held { get; } = new();

    /// <summary>The part that is not preemptible.</summary>
    public Holdings Pinned { get; } = new();

    /// <summary>What others are being ended for, while a pass over the queue goes on; nothing at other times.</summary>
    public Holdings Claimed { get; } = new();

    /// <summary>The part of it for what is not preemptible.</summary>
    public Holdings PinnedClaimed { get; } = new();

    public Holdings HeldAndClaimed => Claimed.IsNothing ? Held : Held.With(Claimed, 1);

    /// <summary>The part that is being ended.</summary>
    public Holdings Ending { get; } = new();

    /// <summary>Attempts that hold something, by site and pool.</summary>
    public Dictionary<(string Site, string Pool), int> Places { get; } = [];

    /// <summary>Workloads that have not ended.</summary>
    public int Workloads { get; set; }

    private DecayedUse Past { get; set; } = new();

    /// <summary>The part of attempts whose records are not kept any more.</summary>
    public DecayedUse Forgotten { get; private set; } = new();

    public void Add(Stake stake, TimeSpan halfLife, int sign)
    {
        if (stake.Holds)
        {
            Held.Add(stake.Use, sign);
            if (stake.Pinned) Pinned.Add(stake.Use, sign);
            if (stake.Ending) Ending.Add(stake.Use, sign);
            var there = Places.GetValueOrDefault((stake.Site, stake.Pool)) + sign;
            if (there == 0) Places.Remove((stake.Site, stake.Pool));
            else Places[(stake.Site, stake.Pool)] = there;
        }
        if (stake.From is not { } from) return;
        Past.Add(stake.Use, from, stake.To, halfLife, sign);
        average = null;
    }

    /// <summary>The record of an attempt that has ended is dropped; what it used still counts.</summary>
    public void Forget(Stake stake, TimeSpan halfLife)
    {
        if (stake.From is not { } from) return;
        Past.Add(stake.Use, from, stake.To, halfLife, -1);
        Forgotten.Add(stake.Use, from, stake.To, halfLife, 1);
        average = null;
    }

    /// <summary>What is forgotten can't be weighed anew, so it counts no longer.</summary>
    public void ForgetPast()
    {
        (Past, Forgotten) = (new(), new());
        average = null;
    }

    public void Remember(Stake stake, TimeSpan halfLife)
    {
        if (stake.From is { } from) Past.Add(stake.Use, from, stake.To, halfLife, 1);
    }

    /// <summary>In cores, MiB and tenths of TFLOPS.</summary>
    public (double Cpus, double MemoryMiB, double Tenths) Average(DateTimeOffset now, TimeSpan halfLife)
    {
        if (average is not { } known || known.At != now) average = known = (now, Sum(Past.At(now, halfLife), Forgotten.At(now, halfLife)));
        return known.Use;

        static (double Cpus, double MemoryMiB, double Tenths) Sum((double Cpus, double MemoryMiB, double Tenths) a, (double Cpus, double MemoryMiB, double Tenths) b) =>
            (a.Cpus + b.Cpus, a.MemoryMiB + b.MemoryMiB, a.Tenths + b.Tenths);
    }
}
