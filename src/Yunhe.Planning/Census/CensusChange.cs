using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>What was built of one part then and now, in 10^15 operations per second of one data type.</summary>
/// <param name="Assumed">One of the two rests on an assumption, in part or in whole.</param>
public sealed record ChangeRow(string Key, decimal BeforePetaflops, decimal NowPetaflops, bool Assumed)
{
    public decimal AddedPetaflops => NowPetaflops - BeforePetaflops;

    /// <summary>Of what was before; null: nothing was.</summary>
    public double? Growth => BeforePetaflops > 0 ? (double)(AddedPetaflops / BeforePetaflops) : null;

    /// <summary>The yearly growth that makes it; null: nothing was then or is now, or too little time lies between.</summary>
    public double? PerYear { get; init; }
}

/// <summary>A facility of both censuses whose status or capacity is another now.</summary>
public sealed record ChangedFacility(string Name, FacilityStatus Before, FacilityStatus Now, decimal BeforePetaflops, decimal NowPetaflops);

/// <summary>A census held against an earlier one, by one thing and in one data type. Facilities are the same where their names are.</summary>
public sealed record CensusChange
{
    /// <summary>A growth of fewer days says nothing of a year.</summary>
    public const int FewestDays = 28;

    private const double DaysOfYear = 365.25;

    public required Dimension By { get; init; }

    public required DataType Type { get; init; }

    public required DateOnly Since { get; init; }

    public required DateOnly AsOf { get; init; }

    /// <summary>As they stand now, largest first; then what is gone.</summary>
    public required IReadOnlyList<ChangeRow> Rows { get; init; }

    public required ChangeRow Total { get; init; }

    public IReadOnlyList<string> New { get; init; } = [];

    public IReadOnlyList<string> Gone { get; init; } = [];

    public IReadOnlyList<ChangedFacility> Changed { get; init; } = [];

    /// <param name="census">The later one.</param>
    /// <param name="before">Of the same day or an earlier one.</param>
    /// <param name="by">What both are broken down by.</param>
    /// <param name="type">What is compared.</param>
    public static CensusChange Of(CensusDocument census, CensusDocument before, Dimension by, DataType type)
    {
        var days = census.AsOf.DayNumber - before.AsOf.DayNumber;
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        var (now, then) = (Tally.Take(census, by, type), Tally.Take(before, by, type));
        var earlier = then.Rows.ToDictionary(r => r.Key, StringComparer.Ordinal);
        var rows = now.Rows.Select(r => Row(earlier.GetValueOrDefault(r.Key), r)).ToList();
        var kept = now.Rows.Select(r => r.Key).ToHashSet(StringComparer.Ordinal);
        rows.AddRange(then.Rows.Where(r => !kept.Contains(r.Key)).Select(r => Row(r, null)));
        var (old, young) = (Named(before, type), Named(census, type));
        return new()
        {
            By = by,
            Type = type,
            Since = before.AsOf,
            AsOf = census.AsOf,
            Rows = [.. rows.Where(r => r.BeforePetaflops > 0 || r.NowPetaflops > 0)],
            Total = Row(then.Total, now.Total),
            New = [.. young.Keys.Where(n => !old.ContainsKey(n)).Order(StringComparer.Ordinal)],
            Gone = [.. old.Keys.Where(n => !young.ContainsKey(n)).Order(StringComparer.Ordinal)],
            Changed = [.. young.Where(f => old.ContainsKey(f.Key)).Select(f => new ChangedFacility(f.Key, old[f.Key].Status, f.Value.Status, Tally.Of(old[f.Key], type), Tally.Of(f.Value, type)))
                .Where(c => c.Before != c.Now || c.BeforePetaflops != c.NowPetaflops).OrderBy(c => c.Name, StringComparer.Ordinal)],
        };

        ChangeRow Row(TallyRow? was, TallyRow? @is)
        {
            var (a, b) = (was?.BuiltPetaflops ?? 0, @is?.BuiltPetaflops ?? 0);
            return new(@is?.Key ?? was!.Key, a, b, new[] { was, @is }.Any(r => r is not null && r.Assumed.Contains(FacilityStatus.Built)))
            {
                PerYear = a > 0 && b > 0 && days >= FewestDays ? Math.Pow((double)(b / a), DaysOfYear / days) - 1 : null,
            };
        }
    }

    private static Dictionary<string, Facility> Named(CensusDocument census, DataType type) => census.Facilities.Where(f => Tally.Of(f, type) > 0)
        .DistinctBy(f => f.Name, StringComparer.Ordinal).ToDictionary(f => f.Name, StringComparer.Ordinal);
}
