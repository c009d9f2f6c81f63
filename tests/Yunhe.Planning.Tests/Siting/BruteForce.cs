using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

/// <summary>
/// The cheapest plan of instances with one class of demand at one place and no traffic, by trying all of them: written from the guide's
/// definitions and without the planner's code. Flows are in merit order, since only power then depends on them.
/// </summary>
internal sealed class BruteForce(SitingRequest request, int mostBlocks)
{
    private const double MwYearGwh = 8.76;

    public double Best { get; private set; } = double.PositiveInfinity;

    public double Solve()
    {
        Try(new int[request.Candidates.Count, request.Accelerators.Count, request.Years], 0);
        return Best;
    }

    private void Try(int[,,] blocks, int at)
    {
        if (at == blocks.Length)
        {
            if (CostOf(blocks) is { } cost && cost < Best) Best = cost;
            return;
        }
        var (s, a, t) = (at / (request.Accelerators.Count * request.Years), at / request.Years % request.Accelerators.Count, at % request.Years);
        for (blocks[s, a, t] = 0; blocks[s, a, t] <= mostBlocks; blocks[s, a, t]++) Try(blocks, at + 1);
        blocks[s, a, t] = 0;
    }

    /// <returns>10^6 CNY, or null: it can't be done.</returns>
    private double? CostOf(int[,,] blocks)
    {
        var (cost, capital) = (0.0, 0.0);
        var discount = Enumerable.Range(0, request.Years + 1).Select(t => Math.Pow(1 + request.DiscountRate, -t)).ToArray();
        for (var a = 0; a < request.Accelerators.Count; a++)
            for (var t = 0; t < request.Years; t++)
                if (request.Accelerators[a].Supply is { Count: > 0 } supply
                    && Enumerable.Range(0, request.Candidates.Count).Sum(s => blocks[s, a, t]) * request.Accelerators[a].BlockDevices > supply[Math.Min(t, supply.Count - 1)]) return null;
        for (var s = 0; s < request.Candidates.Count; s++)
        {
            var (site, open) = (request.Candidates[s], false);
            for (var t = 0; t < request.Years; t++)
            {
                if (Enumerable.Range(0, request.Accelerators.Count).Sum(a => Alive(blocks, s, a, t) * Mw(a)) > site.MaxMw + 1e-9) return null;
                for (var a = 0; a < request.Accelerators.Count; a++)
                {
                    var (n, kind) = (blocks[s, a, t], request.Accelerators[a]);
                    if (n == 0) continue;
                    if (t < site.BuildYears || t < kind.DeliveryYears) return null;
                    var price = n * kind.PriceCny * kind.BlockDevices / 1e6;
                    Spend(price, t - kind.DeliveryYears, t, kind.LifeYears);
                    for (var u = t; u < request.Years; u++) cost += price * request.Operation.Upkeep * discount[u];
                    var hall = n * Mw(a) * ((1000 * site.FacilityCnyPerKw) + (request.Operation.M2PerMw * site.LandCnyPerM2)) / 1e6;
                    Spend(hall, t - site.BuildYears, t, request.Operation.FacilityLifeYears);
                    if (!open) Spend(site.OpeningCny / 1e6, t - site.BuildYears, t, request.Operation.FacilityLifeYears);
                    open = true;
                }
            }
        }
        if (request.Budgets.TotalCny is { } budget && capital > budget / 1e6) return null;
        for (var t = 0; t < request.Years; t++)
        {
            if (PowerOf(blocks, t) is not { } power) return null;
            cost += power * discount[t];
        }
        return cost;

        void Spend(double amount, int ordered, int inService, int life)
        {
            capital += amount;
            cost += (amount * discount[ordered]) - (amount * Math.Max(0, 1 - ((double)(request.Years - inService) / life)) * discount[request.Years]);
        }
    }

    /// <summary>Idle power of all, and busy power in merit order; null: not enough stands.</summary>
    private double? PowerOf(int[,,] blocks, int t)
    {
        var demand = request.Demand[0];
        var left = demand.Pflops!.Value * Math.Pow(1 + demand.Growth, t);
        var (cost, offers) = (0.0, new List<(double Each, double Most)>());
        for (var s = 0; s < request.Candidates.Count; s++)
            for (var a = 0; a < request.Accelerators.Count; a++)
            {
                var whole = Mw(a) * request.Candidates[s].Pue * MwYearGwh * request.Candidates[s].PowerCnyPerKwh;
                var alive = Alive(blocks, s, a, t);
                cost += alive * whole * request.Operation.IdlePower;
                var delivers = request.Accelerators[a].Tflops[DataType.Bf16] * request.Accelerators[a].BlockDevices / 1000 * request.Accelerators[a].Efficiency[DemandKind.Training];
                offers.Add((whole * (1 - request.Operation.IdlePower) / delivers, alive * delivers * request.Operation.Utilisation[DemandKind.Training]));
            }
        foreach (var (each, most) in offers.OrderBy(o => o.Each))
        {
            var taken = Math.Min(left, most);
            cost += taken * each;
            left -= taken;
        }
        return left > 1e-9 ? null : cost;
    }

    private double Mw(int a) => request.Accelerators[a].Watts!.Value * request.Accelerators[a].BlockDevices / 1e6;

    private int Alive(int[,,] blocks, int s, int a, int t) => Enumerable.Range(0, t + 1).Sum(u => blocks[s, a, u]);
}
