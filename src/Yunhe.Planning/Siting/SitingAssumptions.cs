namespace Yunhe.Planning.Siting;

/// <summary>What every answer rests on, said with it.</summary>
internal static class SitingAssumptions
{
    public static IReadOnlyList<string> Of(SitingProblem problem)
    {
        var (request, all) = (problem.Request, new List<string>());
        all.AddRange(request.Assumptions);
        all.Add(FormattableString.Invariant($"round trips are derived from distance: {request.Links.RouteFactor} times the great circle at 200 km a ms, and {request.Links.EquipmentMs} ms of equipment; none was measured"));
        if (request.Candidates.Any(c => c.GridKgPerKwh is null))
            all.Add(FormattableString.Invariant($"grid factors are the provinces' of 2022 (MEE and NBS, transcribed second-hand), falling {100 * request.Operation.GridDecline:0.#} % a year (assumed)"));
        foreach (var source in request.Candidates.Select(c => c.Source).Concat(request.Accelerators.Select(a => a.Source)).Concat(request.Demand.Select(d => d.Source)).Distinct().Order(StringComparer.Ordinal))
            all.Add($"figures of the request marked '{source}': {Marked(request, source)}");
        foreach (var kind in problem.Classes.Select(c => c.Kind).Distinct().Order())
        {
            var (use, share) = (request.Operation.Utilisation.GetValueOrDefault(kind, OperationTerms.UtilisationOf(kind)), request.Operation.Efficiency.GetValueOrDefault(kind, OperationTerms.EfficiencyOf(kind)));
            all.Add(FormattableString.Invariant($"{kind.ToString().ToLowerInvariant()}: {100 * share:0.#} % of nominal FLOPS are delivered where hardware says nothing else, and devices are planned {100 * use:0.#} % busy"));
        }
        all.Add(FormattableString.Invariant($"an idle device takes {100 * request.Operation.IdlePower:0.#} % of a busy one's power; upkeep is {100 * request.Operation.Upkeep:0.#} % of the price a year; discount rate {100 * request.DiscountRate:0.#} %; what is left of a life at the end is worth its share of the price"));
        return all;
    }

    private static string Marked(SitingRequest request, string source) => string.Join(", ", new[]
    {
        Count(request.Demand.Count(d => d.Source == source), "demand", "demands"),
        Count(request.Candidates.Count(c => c.Source == source), "candidate's prices", "candidates' prices"),
        Count(request.Accelerators.Count(a => a.Source == source), "hardware's price", "hardware prices"),
    }.Where(c => c.Length > 0));

    private static string Count(int n, string one, string many) => n == 0 ? "" : $"{n} {(n == 1 ? one : many)}";
}
