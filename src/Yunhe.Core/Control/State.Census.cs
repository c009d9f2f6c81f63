namespace Yunhe.Core.Control;

using Yunhe.Core.Network;

/// <summary>Facilities of the census that are not attached, and the latest measurement of each pool.</summary>
public sealed partial class State
{
    private readonly SortedDictionary<string, Facility> facilities = new(StringComparer.Ordinal);

    private readonly SortedDictionary<(string Site, string Pool), MeasuredAt> measurements = new(PoolOrder.ByName);

    /// <summary>In order of name.</summary>
    public IReadOnlyCollection<Facility> Facilities => facilities.Values;

    public Facility? Facility(string name) => facilities.GetValueOrDefault(name);

    /// <summary>In order of site and pool.</summary>
    public IReadOnlyCollection<MeasuredAt> Measurements => measurements.Values;

    /// <summary>By pool, in order.</summary>
    public IEnumerable<MeasuredAt> MeasurementsOf(string site) => measurements.Values.Where(m => m.Measurement.Site == site);

    private void ForgetMeasurements(string site)
    {
        foreach (var key in measurements.Keys.Where(k => k.Site == site).ToList()) measurements.Remove(key);
    }
}
