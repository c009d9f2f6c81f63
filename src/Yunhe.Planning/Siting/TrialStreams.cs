namespace Yunhe.Planning.Siting;

/// <summary>
/// Work of one demand on one kind of hardware: so many devices busy on average in a year, at any of the sites that are near enough and have it.
/// Which of them runs a job is left to whoever runs the network.
/// </summary>
public sealed record TrialStream(int Demand, string Place, DemandKind Kind, string Accelerator, double BusyDevices, IReadOnlyList<string> Sites);

/// <summary>A plan's year as work that can be tried: what the plan says of flows becomes streams of jobs.</summary>
public static class TrialStreams
{
    public static IReadOnlyList<TrialStream> Of(SitingRequest request, YearOfPlan year)
    {
        var problem = SitingProblem.Of(request);
        var streams = new List<TrialStream>();
        foreach (var demand in year.Flows.GroupBy(f => f.Demand).OrderBy(g => g.Key))
        {
            var (d, busy) = (problem.Demand[demand.Key], new SortedDictionary<string, double>(StringComparer.Ordinal));
            foreach (var flow in demand)
            {
                // A site's hardware for a class is shared by all demand of that class there.
                var work = year.Work.Where(w => w.Site == flow.Site && w.Kind == flow.Kind && w.DataType == flow.DataType).ToList();
                var delivered = work.Sum(w => w.Pflops);
                foreach (var w in work) busy[w.Accelerator] = busy.GetValueOrDefault(w.Accelerator) + (w.Devices * flow.Pflops / delivered);
            }
            foreach (var (accelerator, devices) in busy)
            {
                var sites = problem.Candidates
                    .Where((c, s) => (d.Spec.LatencyMs is not { } most || problem.RttMs[d.Place, s] <= most) && year.Standing.Any(x => x.Site == c.Name && x.Accelerator == accelerator))
                    .Select(c => c.Name).ToList();
                streams.Add(new(demand.Key, d.Spec.Place, d.Spec.Kind, accelerator, devices, sites));
            }
        }
        return streams;
    }
}
