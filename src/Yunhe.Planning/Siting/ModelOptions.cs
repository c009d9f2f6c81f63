namespace Yunhe.Planning.Siting;

/// <summary>Variants of the same model.</summary>
internal sealed record ModelOptions
{
    /// <summary>Demand may stay unserved, at a price above anything else: for plans that are judged, not made.</summary>
    public bool MayLeaveUnserved { get; init; }

    public bool HasTargets { get; init; } = true;

    public bool HasBudgets { get; init; } = true;

    /// <summary>What this hardware can run runs on it, but for what stands already; −1: any.</summary>
    public int Only { get; init; } = -1;

    public bool HasSupplyLimits { get; init; } = true;

    /// <summary>What latency and times of building forbid is there, shut: so that a search for conflicts can open it.</summary>
    public bool KeepsForbidden { get; init; }
}

/// <summary>A sum over variables that is told or minimised.</summary>
internal sealed class Measure
{
    private readonly List<double> by = [];

    public double Constant { get; set; }

    public void Add(int variable, double amount)
    {
        if (variable < 0 || amount == 0) return;
        while (by.Count <= variable) by.Add(0);
        by[variable] += amount;
    }

    public double[] Over(int variables)
    {
        var all = new double[variables];
        by.CopyTo(all);
        return all;
    }

    public double Of(IReadOnlyList<double> values)
    {
        var sum = Constant;
        for (var v = 0; v < by.Count; v++) sum += by[v] * values[v];
        return sum;
    }

    public IEnumerable<(int Variable, double By)> Terms => by.Select((amount, v) => (v, amount)).Where(t => t.amount != 0);
}

/// <summary>Rows and bounds that stand for one thing a person asked for, so that a conflict can be named and the thing let go.</summary>
internal sealed record LimitGroup(string Name)
{
    public List<(int Row, double Least, double Most, double LooseLeast, double LooseMost)> Rows { get; } = [];

    /// <summary>Variables that are shut while the group holds, and what they may reach without it.</summary>
    public List<(int Variable, double Most, double LooseMost)> Bounds { get; } = [];
}
