namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>A decision of a contest while it is searched.</summary>
internal sealed class Draft
{
    public const int Out = -1;

    private readonly Units units;
    private readonly PoolLoad[] loads;
    private readonly int[] option;

    public Draft(Units units)
    {
        this.units = units;
        loads = [.. units.Contest.Pools.Select(p => new PoolLoad(units, p))];
        option = new int[units.Count];
        Clear();
    }

    public long Cost { get; private set; }

    /// <summary>What a unit has; <see cref="Out"/>: its way out.</summary>
    public int OptionOf(int unit) => option[unit];

    public PoolLoad Load(int pool) => loads[pool];

    public long CostOf(int unit) => option[unit] < 0 ? units.WayOut(unit) : units.Cost[option[unit]];

    public void Clear()
    {
        Cost = 0;
        for (var u = 0; u < option.Length; u++)
        {
            option[u] = Out;
            Cost = checked(Cost + units.WayOut(u));
        }
        foreach (var load in loads) load.Clear();
    }

    public void CopyFrom(Draft other)
    {
        Cost = other.Cost;
        other.option.CopyTo(option, 0);
        for (var p = 0; p < loads.Length; p++) loads[p].CopyFrom(other.loads[p]);
    }

    public bool TryAdd(int added)
    {
        if (!loads[units.Pool[added]].TryAdd(added)) return false;
        Set(units.Unit[added], added);
        return true;
    }

    /// <summary>False: those that stay would not fit in any order tried, which packing the tightest nodes first can bring about.</summary>
    public bool TryRemove(int unit)
    {
        if (option[unit] < 0) return true;
        if (!loads[units.Pool[option[unit]]].TryChange(option[unit], -1, -1, commit: true)) return false;
        Set(unit, Out);
        return true;
    }

    /// <summary>Notes what a unit has; its pool's load must say the same.</summary>
    public void Set(int unit, int newOption)
    {
        Cost -= CostOf(unit);
        option[unit] = newOption;
        Cost += CostOf(unit);
    }
}
