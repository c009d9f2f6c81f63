using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Engines;

namespace Yunhe.Server.Sites;

/// <summary>The meaning of a site's declaration, checked field by field.</summary>
internal static class SiteCheck
{
    private const int MaxPools = 1_000;
    private const int MaxSettings = 100;
    private const double MaxBandwidth = 1_000_000;
    private const decimal MaxPrice = 1_000_000;

    /// <returns>All that is wrong, in the order of the fields; empty: nothing.</returns>
    public static IReadOnlyList<(string Field, string Message)> Check(SiteRequest r, out SiteKind kind)
    {
        kind = default;
        var errors = new List<(string Field, string Message)>();
        if (r.Name is null || r.Settings is null || r.Pools is null || r.PriceAcceleratorHour is null || r.Engine is null
            || r.Pools.Any(p => p is null) || r.Settings.Values.Any(v => v is null))
        {
            errors.Add(("$", "null where a value must be"));
            return errors;
        }

        if (Names.Check(r.Name) is { } name) errors.Add(("name", name));
        if (!Enum.TryParse(r.Kind, ignoreCase: true, out kind) || char.IsAsciiDigit(r.Kind[0]))
            errors.Add(("kind", $"must be one of {string.Join(", ", Enum.GetNames<SiteKind>()).ToLowerInvariant()}"));
        if (!EngineFactory.Types.Contains(r.Engine)) errors.Add(("engine", $"must be one of {string.Join(", ", EngineFactory.Types)}"));
        else if (EngineFactory.Problem(r.Engine, r.Settings) is { } setting) errors.Add(("settings", setting));
        if (r.Settings.Count > MaxSettings) errors.Add(("settings", $"at most {MaxSettings}"));
        Pools(r, errors);
        Within("pue", r.Pue, 1, 10);
        Within("carbon_g_per_kwh", r.CarbonGPerKwh, 0, 5_000);
        Within("renewable_share", r.RenewableShare, 0, 1);
        Within("cpu_watts", r.CpuWatts, 0, 10_000);
        Price("price_cpu_hour", r.PriceCpuHour);
        Price("price_gib_hour", r.PriceGibHour);
        foreach (var (model, price) in r.PriceAcceleratorHour.OrderBy(p => p.Key, StringComparer.Ordinal)) Price($"price_accelerator_hour.{model}", price);
        Hourly("tariff", r.Tariff, 100, errors);
        Hourly("carbon_by_hour", r.CarbonByHour, 5_000, errors);
        Within("link_bits_per_second", r.LinkBitsPerSecond, 1, 1e15);
        Within("link_rtt_ms", r.LinkRttMs, 0, 60_000);
        Price("link_price_per_gb", r.LinkPricePerGb);
        Within("lost_after_seconds", r.LostAfterSeconds, 1, 30 * 24 * 3600);
        Within("max_pending", r.MaxPending, 1, 100_000);
        return errors;

        void Within(string field, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) errors.Add((field, $"{value} is out of range: {least} to {most}"));
        }

        void Price(string field, decimal price)
        {
            if (price is < 0 or > MaxPrice) errors.Add((field, $"{price} is out of range: 0 to {MaxPrice}"));
        }
    }

    private static void Hourly(string field, HourlyRequest? hourly, decimal most, List<(string Field, string Message)> errors)
    {
        if (hourly is null) return;
        Day("weekday", hourly.Weekday, mayBeEmpty: false);
        Day("weekend", hourly.Weekend, mayBeEmpty: true);
        if (hourly.UtcOffset is < -14 or > 14 || hourly.UtcOffset * 60 % 1 != 0)
            errors.Add(($"{field}.utc_offset", $"{hourly.UtcOffset} is out of range: hours from -14 to 14, in whole minutes"));

        void Day(string day, IReadOnlyList<decimal>? values, bool mayBeEmpty)
        {
            if (values is null || (values.Count != 24 && !(mayBeEmpty && values.Count == 0)))
                errors.Add(($"{field}.{day}", $"has {values?.Count ?? 0} values: give 24, one for each hour from midnight on"));
            for (var h = 0; h < Math.Min(values?.Count ?? 0, 24); h++)
                if (values![h] < 0 || values[h] > most) errors.Add(($"{field}.{day}[{h}]", $"{values[h]} is out of range: 0 to {most}"));
        }
    }

    private static void Pools(SiteRequest r, List<(string Field, string Message)> errors)
    {
        if (r.Pools.Count > MaxPools) errors.Add(("pools", $"at most {MaxPools}"));
        if (r.Engine == EngineSpec.Local && r.Pools.Count == 0) errors.Add(("pools", "a local site needs at least one"));
        for (var i = 0; i < Math.Min(r.Pools.Count, MaxPools); i++)
        {
            var pool = r.Pools[i];
            if ((pool.Name is null ? "has no name" : Names.Check(pool.Name)) is { } name) errors.Add(($"pools[{i}].name", name));
            if (r.Pools.Take(i).Any(p => p.Name == pool.Name)) errors.Add(($"pools[{i}].name", $"there are two pools {pool.Name}"));
            Within("nodes", pool.Nodes, RequestCheck.MaxNodes);
            Within("cpus", pool.Cpus, RequestCheck.MaxCpus);
            Within("memory_mib", pool.MemoryMib, RequestCheck.MaxMemoryMib);
            if (pool.Accelerators is < 0 or > RequestCheck.MaxAccelerators)
                errors.Add(($"pools[{i}].accelerators", $"{pool.Accelerators} is out of range: 0 to {RequestCheck.MaxAccelerators}"));
            if (pool.Accelerators > 0 != pool.Accelerator is not null) errors.Add(($"pools[{i}].accelerator", "give a model and a count, or neither"));
            if (pool.Accelerator is { } model && Names.CheckAccelerator(model) is { } wrong) errors.Add(($"pools[{i}].accelerator", wrong));
            if (pool.NodesPerFabric != 0) Within("nodes_per_fabric", pool.NodesPerFabric, RequestCheck.MaxNodes);
            if (pool.ScaleUpDomain is { } domain) Within("scale_up_domain", domain, RequestCheck.MaxNodes);
            Bandwidth("scale_out_gbit_per_second", pool.ScaleOutGbitPerSecond);
            Bandwidth("scale_up_gb_per_second", pool.ScaleUpGbPerSecond);

            void Bandwidth(string field, double? value)
            {
                if (value is { } v && !(v is > 0 and <= MaxBandwidth)) errors.Add(($"pools[{i}].{field}", $"{v} is out of range: over 0, at most {MaxBandwidth}"));
            }

            void Within(string field, long value, long most)
            {
                if (value < 1 || value > most) errors.Add(($"pools[{i}].{field}", $"{value} is out of range: 1 to {most}"));
            }
        }
    }
}
