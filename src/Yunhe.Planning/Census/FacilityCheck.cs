using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>What a facility must be for the census to count it, whoever declares it.</summary>
public static class FacilityCheck
{
    public const int MostFacilities = 20_000;

    private const int LongestName = 120;
    private const int LongestText = 2_000;
    private const int MostDataCentres = 100_000;
    private const double MostPue = 4;

    /// <summary>Ten gigawatts.</summary>
    private const double MostKilowatts = 1e7;

    /// <summary>Ten times what the best accelerators of the catalogue do for a watt in the narrowest type.</summary>
    private const double MostTflopsPerWatt = 100;

    /// <param name="facility">May hold nulls where it came from a program.</param>
    /// <param name="asOf">The day of the census; null: dates are not held against it.</param>
    /// <returns>By field what is wrong; empty: nothing.</returns>
    public static IReadOnlyList<(string Field, string Message)> Check(Facility facility, DateOnly? asOf)
    {
        var errors = new List<(string Field, string Message)>();
        if (facility.Name is null || facility.Place is not { Region: not null, Province: not null, City: not null } || facility.Operator is null
            || facility.Source is null || facility.Capacity is null || facility.Capacity.Any(c => c?.Type is null))
            return [("$", "null where a value must be")];
        Text("name", facility.Name, LongestName, needed: true);
        Text("operator", facility.Operator, LongestName);
        Text("region", facility.Place.Region, LongestName);
        Text("province", facility.Place.Province, LongestName);
        Text("city", facility.Place.City, LongestName);
        Text("source", facility.Source, LongestText);
        if (!Enum.IsDefined(facility.Kind)) errors.Add(("kind", "must be general, intelligent, supercomputing or edge"));
        CheckDate(facility, asOf, errors);
        CheckPlace(facility.Place, errors);
        if (facility.DataCentres is < 0 or > MostDataCentres) errors.Add(("data_centres", $"{facility.DataCentres} is out of range: 0 to {MostDataCentres}"));
        CheckCapacity(facility, errors);
        if (facility.ItKilowatts is { } kw && !(kw is > 0 and <= MostKilowatts)) errors.Add(("it_kilowatts", $"{kw} is out of range: more than 0, at most {MostKilowatts:N0} (10 GW)"));
        if (facility.Pue is { } pue && !(pue is >= 1 and <= MostPue))
            errors.Add(("pue", $"{pue} is out of range: 1 to {MostPue}; it is all power over that of the computers, so never below 1"));
        if (facility.Basis is FigureBasis.Published or FigureBasis.Assumed && facility.Source.Length == 0)
            errors.Add(("source", facility.Basis == FigureBasis.Published ? "a published figure names where" : "an assumption says what is assumed and why"));
        return errors;

        void Text(string field, string text, int longest, bool needed = false)
        {
            if (needed && text.Length == 0) errors.Add((field, "is missing"));
            else if (text.Length > longest) errors.Add((field, $"has {text.Length} characters; at most {longest}"));
            else if (text.Any(char.IsControl)) errors.Add((field, "has characters that are no text"));
        }
    }

    private static void CheckDate(Facility facility, DateOnly? asOf, List<(string Field, string Message)> errors)
    {
        if (facility.Date is { Year: < 1950 or > 2100 } odd) errors.Add(("date", $"{odd:yyyy-MM-dd} is out of range: 1950 to 2100"));
        else if (facility is { Status: FacilityStatus.Planned, Date: null }) errors.Add(("date", "is missing: what is planned says for when"));
        else if (asOf is { } day && facility.Date is { } date)
        {
            if (facility.Status == FacilityStatus.Built && date > day) errors.Add(("date", $"built since {date:yyyy-MM-dd}, which is after the day of the census, {day:yyyy-MM-dd}"));
            if (facility.Status != FacilityStatus.Built && date < day)
                errors.Add(("date", $"to be built by {date:yyyy-MM-dd}, which has passed on the day of the census, {day:yyyy-MM-dd}: is it built, or later?"));
        }
    }

    private static void CheckPlace(Place place, List<(string Field, string Message)> errors)
    {
        if (place.City.Length > 0 && place.Province.Length == 0) errors.Add(("province", $"is missing: {place.City} is a city of which?"));
        if (Places.FindProvince(place.Province) is not { } province) return;
        if (place.Region.Length > 0 && Regions.Find(place.Region) is { } region && region != province.Region.ToString())
            errors.Add(("region", $"{place.Region}: {place.Province} belongs to the {province.Region} ({Regions.Chinese(province.Region.ToString())})"));
        if (Places.FindCity(place.City)?.Province is { } home && home.Name != province.Name) errors.Add(("city", $"{place.City} is in {home.Name}, not in {place.Province}"));
    }

    private static void CheckCapacity(Facility facility, List<(string Field, string Message)> errors)
    {
        if (facility.Capacity.Count == 0) errors.Add(("capacity", "is missing: give it for at least one data type, such as fp32: 8.86 EFLOPS"));
        for (var i = 0; i < facility.Capacity.Count; i++)
        {
            var rated = facility.Capacity[i];
            if (RateText.TypeOf(rated.Type) is not { } type)
            {
                errors.Add(($"capacity[{i}].type", $"{rated.Type} is no data type: use {string.Join(", ", Enum.GetValues<DataType>().Select(RateText.Word))}"));
                continue;
            }
            if (facility.Capacity.Take(i).Any(c => RateText.TypeOf(c.Type) == type)) errors.Add(($"capacity[{i}].type", $"{rated.Type} stands there twice"));
            foreach (var (field, value) in new[] { ("nominal_petaflops", (decimal?)rated.NominalPetaflops), ("measured_petaflops", rated.MeasuredPetaflops) })
                if (value is { } given && given is <= 0 or > RateText.MostPetaflops)
                    errors.Add(($"capacity[{i}].{field}", $"{given} is out of range: more than 0, at most {RateText.MostPetaflops:N0}"));
            if (facility.ItKilowatts is > 0 and var kw && (double)rated.NominalPetaflops / kw > MostTflopsPerWatt)
                errors.Add(($"capacity[{i}]", $"{RateText.Show(rated.NominalPetaflops, type)} from {kw:N0} kW is more than {MostTflopsPerWatt} TFLOPS for a watt: is a unit wrong?"));
        }
    }
}
