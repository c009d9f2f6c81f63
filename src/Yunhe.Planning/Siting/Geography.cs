namespace Yunhe.Planning.Siting;

/// <summary>Round trips derived from distance: no table of measured ones between Chinese cities was found.</summary>
public static class Geography
{
    /// <summary>Light in fibre, both ways: 200 km a ms.</summary>
    private const double KmPerMs = 200;

    private const double EarthKm = 6371;

    /// <summary>Great circle, by the haversine formula.</summary>
    public static double Kilometres(double longitude1, double latitude1, double longitude2, double latitude2)
    {
        var (a, b) = (double.DegreesToRadians(latitude1), double.DegreesToRadians(latitude2));
        var (dLat, dLon) = (b - a, double.DegreesToRadians(longitude2 - longitude1));
        var h = Math.Pow(Math.Sin(dLat / 2), 2) + (Math.Cos(a) * Math.Cos(b) * Math.Pow(Math.Sin(dLon / 2), 2));
        return 2 * EarthKm * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }

    public static double RoundTripMs(double kilometres, LinkTerms links) => (2 * kilometres * links.RouteFactor / KmPerMs) + links.EquipmentMs;
}
