namespace Yunhe.Planning.Siting;

/// <summary>
/// What the plan may bring, as a model with its assumptions: revenue = delivered PFLOPS-hours × price; direct value added = revenue × share;
/// value added in all = revenue × multiplier. Present values in CNY. The multiplier is not known: a range, and what it must be to pay.
/// </summary>
public sealed record EconomicReturn
{
    public required double RevenueCny { get; init; }

    public required double CostCny { get; init; }

    public required double DirectValueAddedCny { get; init; }

    public required double LowCny { get; init; }

    public required double MiddleCny { get; init; }

    public required double HighCny { get; init; }

    /// <summary>The multiplier at which what it brings equals what it costs.</summary>
    public required double BreakEvenMultiplier { get; init; }

    public required IReadOnlyList<string> Assumptions { get; init; }

    internal static EconomicReturn? Of(SitingProblem problem, SitingPlan plan)
    {
        var terms = problem.Request.Return;
        var hours = plan.Years.Select((y, t) => y.ServedPflops * 8760 * problem.Discount(t)).Sum();
        if (!(hours > 0) || plan.Totals.CnyPerPflopsHour is not { } atCost) return null;
        var price = terms.CnyPerPflopsHour ?? atCost;
        var revenue = hours * price;
        return new()
        {
            RevenueCny = revenue,
            CostCny = plan.Totals.NpvCny,
            DirectValueAddedCny = revenue * terms.ValueAddedShare,
            LowCny = revenue * terms.MultiplierLow,
            MiddleCny = revenue * terms.MultiplierMiddle,
            HighCny = revenue * terms.MultiplierHigh,
            BreakEvenMultiplier = revenue > 0 ? plan.Totals.NpvCny / revenue : double.PositiveInfinity,
            Assumptions =
            [
                FormattableString.Invariant($"a delivered PFLOPS-hour sells at {price:0.##} CNY ({(terms.CnyPerPflopsHour is null ? "the plan's own cost; nothing else is given" : "as the request says")})"),
                FormattableString.Invariant($"{100 * terms.ValueAddedShare:0.#} % of revenue is value added of the operator itself (assumed)"),
                FormattableString.Invariant($"each yuan of computing brings {terms.MultiplierLow:0.##} to {terms.MultiplierHigh:0.##} yuan of GDP, {terms.MultiplierMiddle:0.##} between them (assumed; the often quoted 3 to 4 yuan is of the optimistic kind: studies of one country's past, not a law)"),
                "no effect of other uses of the same money is taken off",
            ],
        };
    }
}
