namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>What the census is told: facilities that are not attached, and what was measured at sites that are.</summary>
internal static class CensusRules
{
    private const int MostFacilities = 20_000;

    /// <summary>All of them or none.</summary>
    public static void Set(Step step, SetFacilities input)
    {
        var given = input.Facilities.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var left = input.Replace ? [] : step.State.Facilities.Where(f => !given.Contains(f.Name)).ToList();
        if (given.Count < input.Facilities.Count)
        {
            step.Refuse(RefusalKind.Invalid, $"two facilities are called {input.Facilities.GroupBy(f => f.Name, StringComparer.Ordinal).First(g => g.Count() > 1).Key}");
            return;
        }
        if (left.Count + given.Count > MostFacilities)
        {
            step.Refuse(RefusalKind.Conflict, $"these would be {left.Count + given.Count} facilities; at most {MostFacilities} are kept: take several data centres of a place together");
            return;
        }
        foreach (var gone in input.Replace ? step.State.Facilities.Where(f => !given.Contains(f.Name)).ToList() : [])
            step.Emit(new FacilityRemoved(step.Now, gone.Name));
        foreach (var facility in input.Facilities)
            if (step.State.Facility(facility.Name)?.Same(facility) != true) step.Emit(new FacilitySet(step.Now, facility));
    }

    public static void Remove(Step step, RemoveFacility input)
    {
        if (step.State.Facility(input.Facility) is null) step.Refuse(RefusalKind.NotFound, $"there is no facility {input.Facility} in the census");
        else step.Emit(new FacilityRemoved(step.Now, input.Facility));
    }

    public static void Measured(Step step, RecordMeasurement input)
    {
        var measured = input.Measurement;
        if (step.State.Site(measured.Site) is not { } site) step.Refuse(RefusalKind.NotFound, $"there is no site {measured.Site}");
        else if (!site.Pools.Any(p => p.Name == measured.Pool)) step.Refuse(RefusalKind.Invalid, $"pool: site {measured.Site} has no pool {measured.Pool}");
        else if (step.State.Workload(measured.Workload) is not { } workload)
            step.Refuse(RefusalKind.Invalid, $"workload: there is no {measured.Workload}; a measurement names the job that measured");
        else if (!step.State.TasksOf(workload).Any(t => t.Task.Phase == Phase.Succeeded && t.Task.Attempts[^1].Site == measured.Site && t.Task.Attempts[^1].Pool == measured.Pool))
            step.Refuse(RefusalKind.Conflict, $"workload: {measured.Workload} has not succeeded in pool {measured.Pool} of {measured.Site}");
        else step.Emit(new SiteMeasured(step.Now, measured));
    }
}
