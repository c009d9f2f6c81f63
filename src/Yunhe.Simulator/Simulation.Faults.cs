using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>How often what can go wrong does, per occasion, 0 to 1.</summary>
public sealed record Faults(double LostAnswer = 0, double SiteAway = 0, double NodeFailure = 0, double Vanished = 0, double Crash = 0);

/// <summary>
/// Where faults are injected the simulation goes round by round, and looks at every site in each. A "crash" throws the state away and
/// rebuilds it from the stored events or a snapshot, as a restart does.
/// </summary>
public sealed partial class Simulation
{
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(5);

    /// <summary>When the state is thrown away and read again from a snapshot, once; null: never.</summary>
    public DateTimeOffset? RestartAt { get; set; }

    private void InjectFaults()
    {
        if (Happens(faults.Crash)) State = Happens(0.5) ? Replay() : Reread();
        if (Now >= RestartAt)
        {
            State = Reread();
            RestartAt = null;
        }
        foreach (var site in sites.Values)
        {
            site.Advance(Now);
            if (Happens(faults.SiteAway)) site.Away = !site.Away;
            else if (faults.SiteAway == 0) site.Away = false;
            foreach (var launch in site.Running.ToList())
            {
                if (Happens(faults.NodeFailure)) site.Break(launch.Attempt, FailureReason.NodeFailure, Now);
                else if (Happens(faults.Vanished)) site.Forget(launch.Attempt, Now);
            }
            Mark(site);
        }
    }

    private DateTimeOffset NextRound(DateTimeOffset? next)
    {
        var (earliest, latest) = (Now + ShortestRound, Now + LongestRound);
        return next is null || next > latest ? latest : next < earliest ? earliest : next.Value;
    }

    private bool Happens(double probability) => probability > 0 && random.NextDouble() < probability;
}
