using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Census;

/// <summary>A census held against an earlier one, for people.</summary>
internal static class CensusChangeTables
{
    private const int MostNamed = 20;

    /// <exception cref="UsageException">The earlier one is later.</exception>
    public static IReadOnlyList<CensusChange> Take(CensusDocument census, CensusDocument before, string file, Dimension by, DataType? only)
    {
        if (before.AsOf > census.AsOf)
            throw new UsageException($"--since {file}: it is of {CensusTables.Day(before.AsOf)}, after {CensusTables.Day(census.AsOf)}; name the earlier census there");
        var types = only is { } one ? [one] : Tally.TypesOf(census.Facilities.Concat(before.Facilities));
        return [.. types.Select(t => CensusChange.Of(census, before, by, t))];
    }

    public static void Write(CommandContext context, CensusDocument census, IReadOnlyList<CensusChange> changes)
    {
        var to = context.Shell.Out;
        to.WriteLine($"{census.Title.English}: built on {CensusTables.Day(changes[0].AsOf)} against {CensusTables.Day(changes[0].Since)}");
        foreach (var change in changes) Write(context, change);
        if (changes.Any(c => c.Total.PerYear is null && c.Total is { BeforePetaflops: > 0, NowPetaflops: > 0 }))
            to.WriteLine($"\nno growth a year: between the two lie fewer than {CensusChange.FewestDays} days (a file without as_of: is of today)");
        if (changes.Any(c => c.Rows.Any(r => r.Assumed))) to.WriteLine($"\n{ShownTally.Mark} rests on an assumption, in part or in whole, then or now");
    }

    private static void Write(CommandContext context, CensusChange change)
    {
        var to = context.Shell.Out;
        to.WriteLine();
        var (unit, size) = RateText.UnitOf(Math.Max(change.Total.BeforePetaflops, change.Total.NowPetaflops), change.Type);
        var before = LargestRemainder.Round([.. change.Rows.Select(r => r.BeforePetaflops / size)], Decimals);
        var now = LargestRemainder.Round([.. change.Rows.Select(r => r.NowPetaflops / size)], Decimals);
        context.Table(
            [change.By.ToString().ToUpperInvariant(), $"{CensusTables.Day(change.Since)} {RateText.Name(change.Type)} {unit}", CensusTables.Day(change.AsOf), "ADDED", "GROWTH", "A YEAR"],
            change.Rows.Select((r, i) => Row(CensusTables.Key(change.By, r.Key), r, before[i], now[i])).Append(Row("total", change.Total, before.Sum(), now.Sum())));
        Names("new", change.New);
        Names("gone", change.Gone);
        Names("changed", [.. change.Changed.Select(c => c.Name + (c.Before == c.Now ? "" : $" ({Status(c.Before)}, now {Status(c.Now)})")
            + (c.BeforePetaflops == c.NowPetaflops ? "" : $" ({RateText.Show(c.BeforePetaflops, change.Type)}, now {RateText.Show(c.NowPetaflops, change.Type)})"))]);

        void Names(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0) to.WriteLine($"{what}: {names.Count}: {string.Join("; ", names.Take(MostNamed))}{(names.Count > MostNamed ? "; …" : "")}");
        }
    }

    private const int Decimals = 2;

    private static IReadOnlyList<string> Row(string key, ChangeRow row, decimal before, decimal now) =>
    [
        key + (row.Assumed ? ShownTally.Mark : ""), $"{before:0.00}", $"{now:0.00}", $"{now - before:+0.00;-0.00;0.00}",
        row.Growth is { } growth ? $"{growth:+0.0 %;-0.0 %}" : "-", row.PerYear is { } year ? $"{year:+0.0 %;-0.0 %}" : "-",
    ];

    private static string Status(FacilityStatus status) => status switch
    {
        FacilityStatus.UnderConstruction => "under construction",
        FacilityStatus.Planned => "planned",
        _ => "built",
    };
}
