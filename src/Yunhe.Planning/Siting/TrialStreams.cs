namespace Yunhe.Planning.Siting;

/// <summary>
/// Work of one lane of the plan, from one demand to one site, on one kind of hardware there: so many devices busy on average in a year.
/// <c>Near</c>: all sites that have that hardware and are near enough for the demand, the lane's own among them.
/// </summary>
public sealed record TrialStream(int Demand, string Place, DemandKind Kind, string Site, string Accelerator, double BusyDevices, IReadOnlyList<string> Near);

/// <summary>A plan's year as work that can be tried: each of its flows becomes streams of jobs.</summary>
public static class TrialStreams
{
    /// <returns>In order of demand, site and hardware. Over all streams of a pool the busy devices are the plan's.</returns>
    public static IReadOnlyList<TrialStream> Of(SitingRequest request, YearOfPlan year)
    {
        var problem = SitingProblem.Of(request);
        var streams = new List<TrialStream>();
        foreach (var flow in year.Flows.OrderBy(f => f.Demand).ThenBy(f => f.Site, StringComparer.Ordinal))
        {
            // A site's hardware for a class is shared by all demand of that class there.
            var demand = problem.Demand[flow.Demand];
            var work = year.Work.Where(w => w.Site == flow.Site && w.Kind == flow.Kind && w.DataType == flow.DataType).OrderBy(w => w.Accelerator, StringComparer.Ordinal).ToList();
            var delivered = work.Sum(w => w.Pflops);
            foreach (var w in work)
                streams.Add(new(flow.Demand, flow.Place, flow.Kind, flow.Site, w.Accelerator, w.Devices * flow.Pflops / delivered, Near(problem, year, demand, w.Accelerator)));
        }
        return streams;
    }

    private static List<string> Near(SitingProblem problem, YearOfPlan year, Demand demand, string accelerator) => [.. problem.Candidates
        .Where((c, s) => (demand.Spec.LatencyMs is not { } most || problem.RttMs[demand.Place, s] <= most) && year.Standing.Any(x => x.Site == c.Name && x.Accelerator == accelerator))
        .Select(c => c.Name)];
}
