using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;

namespace Yunhe.Simulator.Networks;

/// <summary>Puts failures, repairs and maintenance on a simulation's agenda, one failure ahead for each pool, site and link.</summary>
internal sealed class Outages(Simulation simulation, SimulatedNetwork network, int seed)
{
    /// <summary>How many outages of each site last now: it answers again when the last one is over.</summary>
    private readonly Dictionary<string, int> away = new(StringComparer.Ordinal);

    /// <summary>The same of maintenance.</summary>
    private readonly Dictionary<string, int> drained = new(StringComparer.Ordinal);

    /// <summary>What has failed does not fail again before it is repaired.</summary>
    private readonly HashSet<(string Site, string Pool, int Node)> broken = [];

    public void Plan()
    {
        for (var i = 0; i < network.Failures.Count; i++)
        {
            var rule = network.Failures[i];
            foreach (var site in simulation.Sites.Values.Where(s => rule.Concerns(s.Site.Name))) Plan(rule, i, site);
        }
        foreach (var window in network.Maintenance) Plan(window);
    }

    /// <summary>Fails a site or its link from now until <paramref name="repaired"/>.</summary>
    public void Fail(SimulatedSite site, Failing what, DateTimeOffset repaired)
    {
        Begin(site, what);
        simulation.PlanRepair(repaired, () => End(site));
    }

    private void Plan(FailureRule rule, int number, SimulatedSite site)
    {
        if (rule.Of == Failing.Node)
            foreach (var pool in site.Site.Pools)
                PlanNext(site, pool, rule, Streams.Of(seed, Name(number, site, pool.Name)));
        else PlanNext(site, rule, Streams.Of(seed, Name(number, site, "")));
    }

    private static string Name(int rule, SimulatedSite site, string pool) => string.Create(CultureInfo.InvariantCulture, $"{rule}/{site.Site.Name}/{pool}");

    /// <summary>The first of so many nodes fails after a time that is exponential too, with their common rate; any of them alike.</summary>
    private void PlanNext(SimulatedSite site, Pool pool, FailureRule rule, Random random)
    {
        var after = random.Exponential(rule.Between / pool.Nodes);
        var (node, repair) = (random.Next(1, pool.Nodes + 1), random.Exponential(rule.Repair));
        simulation.PlanInBackground(simulation.Now + after, () =>
        {
            if (broken.Add((site.Site.Name, pool.Name, node)))
            {
                site.SetNode(pool.Name, node, isDown: true, killing: true, simulation.Now);
                simulation.PlanRepair(simulation.Now + repair, () =>
                {
                    broken.Remove((site.Site.Name, pool.Name, node));
                    site.SetNode(pool.Name, node, isDown: false, killing: false, simulation.Now);
                });
            }
            PlanNext(site, pool, rule, random);
        });
    }

    private void PlanNext(SimulatedSite site, FailureRule rule, Random random)
    {
        var (after, repair) = (random.Exponential(rule.Between), random.Exponential(rule.Repair));
        simulation.PlanInBackground(simulation.Now + after, () =>
        {
            Fail(site, rule.Of, simulation.Now + repair);
            simulation.PlanInBackground(simulation.Now + repair, () => PlanNext(site, rule, random));
        });
    }

    private void Begin(SimulatedSite site, Failing what)
    {
        away[site.Site.Name] = away.GetValueOrDefault(site.Site.Name) + 1;
        if (what == Failing.Site) site.LosePower(simulation.Now);
        site.SetLink(isDown: true, simulation.Now);
        simulation.SetAway(site, true);
    }

    private void End(SimulatedSite site)
    {
        if (--away[site.Site.Name] > 0) return;
        site.SetLink(isDown: false, simulation.Now);
        simulation.SetAway(site, false);
    }

    private void Plan(Maintenance window)
    {
        var site = simulation.Sites[window.Site];
        if (window.Pool is { } name)
        {
            var pool = site.Site.Pools.First(p => p.Name == name);
            Begins(() => SetNodes(true), () => SetNodes(false));

            void SetNodes(bool isDown)
            {
                for (var node = window.First; node <= Math.Min(window.Last, pool.Nodes); node++)
                    site.SetNode(name, node, isDown, killing: false, simulation.Now);
            }
        }
        else Begins(() => Drain(1), () => Drain(-1));

        void Begins(Action begin, Action end) => simulation.PlanInBackground(network.Start + window.From, () =>
        {
            begin();
            simulation.PlanRepair(network.Start + window.To, end);
        });

        void Drain(int more)
        {
            var before = drained.GetValueOrDefault(window.Site);
            drained[window.Site] = before + more;
            if (before == 0 || before + more == 0) simulation.Give(new DrainSite(window.Site, more > 0));
        }
    }
}
