using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>A census narrowed to one province or city: what is of the whole is left out, since it says nothing of the part.</summary>
public static class CensusScope
{
    /// <returns>Null: nothing of the census is there.</returns>
    public static CensusDocument? Province(CensusDocument census, string name)
    {
        var known = Places.FindProvince(name);
        var province = known?.Name ?? name;
        return Narrow(census, CensusLevel.Province, f => f.Place.Province == province, new(known?.English ?? name, known?.Official ?? name), p => p.Province == province);
    }

    /// <returns>Null: nothing of the census is there.</returns>
    public static CensusDocument? City(CensusDocument census, string name)
    {
        var written = census.Facilities.Select(f => f.Place.City).FirstOrDefault(c => c == name || c == name + "市" || Places.InEnglish(c).Equals(name, StringComparison.OrdinalIgnoreCase));
        return written is null ? null : Narrow(census, CensusLevel.City, f => f.Place.City == written, new(Places.InEnglish(written), written), _ => false);
    }

    private static CensusDocument? Narrow(CensusDocument census, CensusLevel level, Func<Facility, bool> has, Bilingual place, Func<Part, bool> isOf)
    {
        var facilities = census.Facilities.Where(has).ToList();
        return facilities.Count == 0 ? null : census with
        {
            Title = new($"Computing in {place.English}, {census.AsOf:yyyy-MM-dd}", $"{place.Chinese}算力，{census.AsOf:yyyy年M月d日}"),
            Level = level,
            Place = place,
            Facilities = facilities,
            Totals = [.. census.Totals.Where(t => isOf(t.Part)).Select(t => t with { Part = t.Part with { Province = null } })],
            History = [.. census.History.Where(h => isOf(h.Part)).Select(h => h with { Part = h.Part with { Province = null } })],
            Growth = [.. census.Growth.Where(g => isOf(g.Part)).Select(g => g with { Part = g.Part with { Province = null } })],
            Targets = [.. census.Targets.Where(t => isOf(t.Part)).Select(t => t with { Part = t.Part with { Province = null } })],
            Use = null,
        };
    }
}
