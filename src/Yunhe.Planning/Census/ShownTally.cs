using System.Globalization;
using Yunhe.Core.Network;

namespace Yunhe.Planning.Census;

/// <summary>A line of a breakdown as it is shown; empty cells are a dash, and what rests on an assumption has a mark.</summary>
public sealed record ShownRow(TallyRow Row, string Built, string Share, string UnderConstruction, string Planned);

/// <summary>A breakdown in one unit, rounded so that each column adds up to its total.</summary>
public sealed record ShownTally(string Unit, IReadOnlyList<ShownRow> Rows, ShownRow Total)
{
    public const string Mark = "*";

    private const string Nothing = "-";

    /// <summary>Digits that the largest total has.</summary>
    private const int Digits = 4;

    public static ShownTally Of(Tally tally)
    {
        var all = tally.Rows;
        var largest = Math.Max(tally.Total.BuiltPetaflops, Math.Max(tally.Total.UnderConstructionPetaflops, tally.Total.PlannedPetaflops));
        var (unit, size) = RateText.UnitOf(largest, tally.Type);
        var decimals = DecimalsOf([.. all.SelectMany(r => new[] { r.BuiltPetaflops, r.UnderConstructionPetaflops, r.PlannedPetaflops }).Select(v => v / size)], largest / size);
        var built = Column(r => r.BuiltPetaflops);
        var coming = Column(r => r.UnderConstructionPetaflops);
        var planned = Column(r => r.PlannedPetaflops);
        // Of nothing there are no shares.
        var shares = tally.Total.BuiltPetaflops > 0 ? LargestRemainder.Share([.. all.Select(r => r.BuiltPetaflops)], 100, 1) : [.. all.Select(_ => 0m)];
        var rows = all.Select((r, i) => new ShownRow(r, Cell(built[i], r.BuiltPetaflops, r, FacilityStatus.Built), r.BuiltPetaflops > 0 ? Percent(shares[i]) : Nothing,
            Cell(coming[i], r.UnderConstructionPetaflops, r, FacilityStatus.UnderConstruction), Cell(planned[i], r.PlannedPetaflops, r, FacilityStatus.Planned))).ToList();
        return new(unit, rows, new(
            tally.Total, Cell(built.Sum(), tally.Total.BuiltPetaflops, tally.Total, FacilityStatus.Built), tally.Total.BuiltPetaflops > 0 ? Percent(100) : Nothing,
            Cell(coming.Sum(), tally.Total.UnderConstructionPetaflops, tally.Total, FacilityStatus.UnderConstruction), Cell(planned.Sum(), tally.Total.PlannedPetaflops, tally.Total, FacilityStatus.Planned)));

        IReadOnlyList<decimal> Column(Func<TallyRow, decimal> of) => LargestRemainder.Round([.. all.Select(r => of(r) / size)], decimals);

        string Cell(decimal shown, decimal exact, TallyRow row, FacilityStatus status) => exact == 0 ? Nothing
            : shown.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + (row.Assumed.Contains(status) ? Mark : "");
    }

    /// <summary>As many as the largest total's digits leave, or fewer where all values are exact with fewer.</summary>
    private static int DecimalsOf(IReadOnlyList<decimal> values, decimal largest)
    {
        var most = Math.Clamp(Digits - ((int)Math.Floor(Math.Log10((double)largest)) + 1), 0, Digits - 1);
        return Enumerable.Range(0, most).Where(d => values.All(v => Math.Round(v, d) == v)).Append(most).First();
    }

    private static string Percent(decimal value) => value.ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
