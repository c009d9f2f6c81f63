using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

/// <summary>Holds a plan against its request by the plan's own rows, without the model.</summary>
internal static class PlanAudit
{
    private const double Slack = 1e-4;

    public static void Check(SitingRequest request, SitingPlan plan)
    {
        var problem = SitingProblem.Of(request);
        for (var t = 0; t < request.Years; t++)
        {
            var year = plan.Years[t];
            // Every demand is served, within its latency, over lanes that hold it.
            foreach (var d in problem.Demand)
            {
                var flows = year.Flows.Where(f => f.Demand == d.Index).ToList();
                Assert.Equal(d.Pflops[t], flows.Sum(f => f.Pflops), Slack * Math.Max(1, d.Pflops[t]));
                Assert.All(flows, f => Assert.True(d.Spec.LatencyMs is null || f.RttMs <= d.Spec.LatencyMs));
            }
            foreach (var group in year.Flows.GroupBy(f => (f.Place, f.Site)))
            {
                var gbit = group.Sum(f => f.Pflops * problem.Demand[f.Demand].GbitPerPflops);
                var lanes = year.Links.Where(l => l.Place == group.Key.Place && l.Site == group.Key.Site).Sum(l => l.Gbit);
                Assert.True(gbit <= (lanes * request.Links.Load) + (Slack * Math.Max(1, gbit)), $"{group.Key}: {gbit} Gbit/s over {lanes}");
            }
            // What is delivered is what stands, with its room; power and supply hold.
            foreach (var site in problem.Candidates)
            {
                var standing = year.Standing.Where(s => s.Site == site.Name).ToList();
                Assert.True(standing.Sum(s => s.Devices * Kind(s.Accelerator).Kw) / 1000 <= site.Spec.MaxMw * (1 + Slack));
                var served = year.Flows.Where(f => f.Site == site.Name).Sum(f => f.Pflops);
                var most = standing.Sum(s => s.Devices * s.Busy * Kind(s.Accelerator).Delivered.Max());
                Assert.True(served <= (most * (1 + Slack)) + Slack, $"{site.Name} {year.Year}: {served} of {most}");
            }
            foreach (var kind in problem.Hardware)
                Assert.True(year.Builds.Where(b => b.Accelerator == kind.Name).Sum(b => b.Devices) <= kind.SupplyIn(t));
            Assert.All(year.Standing, s => Assert.True(s.Busy <= 0.85 + Slack));
            Assert.All(year.Builds, b => Assert.True(t >= problem.Candidates.Single(c => c.Name == b.Site).Spec.BuildYears));
        }

        Hardware Kind(string name) => problem.Hardware.Single(h => h.Name == name);
    }
}
