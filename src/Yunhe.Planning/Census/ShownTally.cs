using System.Globalization;

namespace Yunhe.Planning.Census;

/// <summary>A line of a breakdown as it is shown; empty cells are a dash.</summary>
public sealed record ShownRow(TallyRow Row, string Built, string Share, string UnderConstruction, string Planned);

/// <summary>A breakdown in one unit, rounded so that each column adds up to its total.</summary>
public sealed record ShownTally(string Unit, IReadOnlyList<ShownRow> Rows, ShownRow Total)
{
    private const string Nothing = "-";

    /// <summary>Digits that the largest total has.</summary>
    private const int Digits = 4;

    public static ShownTally Of(Tally tally)
    {
        var all = tally.Rows;
        var largest = Math.Max(tally.Total.BuiltPetaflops, Math.Max(tally.Total.UnderConstructionPetaflops, tally.Total.PlannedPetaflops));
        var (unit, size) = RateText.UnitOf(largest, tally.Type);
        var decimals = Math.Clamp(Digits - ((int)Math.Floor(Math.Log10((double)(largest / size))) + 1), 0, Digits - 1);
        var built = Column(r => r.BuiltPetaflops);
        var coming = Column(r => r.UnderConstructionPetaflops);
        var planned = Column(r => r.PlannedPetaflops);
        // Of nothing there are no shares.
        var shares = tally.Total.BuiltPetaflops > 0 ? LargestRemainder.Share([.. all.Select(r => r.BuiltPetaflops)], 100, 1) : [.. all.Select(_ => 0m)];
        var rows = all.Select((r, i) => new ShownRow(r, Cell(built[i], r.BuiltPetaflops), r.BuiltPetaflops > 0 ? Percent(shares[i]) : Nothing,
            Cell(coming[i], r.UnderConstructionPetaflops), Cell(planned[i], r.PlannedPetaflops))).ToList();
        return new(unit, rows, new(
            tally.Total, Cell(built.Sum(), tally.Total.BuiltPetaflops), tally.Total.BuiltPetaflops > 0 ? Percent(100) : Nothing,
            Cell(coming.Sum(), tally.Total.UnderConstructionPetaflops), Cell(planned.Sum(), tally.Total.PlannedPetaflops)));

        IReadOnlyList<decimal> Column(Func<TallyRow, decimal> of) => LargestRemainder.Round([.. all.Select(r => of(r) / size)], decimals);

        string Cell(decimal shown, decimal exact) => exact == 0 ? Nothing : shown.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static string Percent(decimal value) => value.ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
