using CsCheck;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Planning.Tests.Census;

public sealed class RoundingTests
{
    private static readonly Gen<decimal[]> Parts = Gen.Long[0, 1_000_000_000].Select(n => n / 100_000m).Array[1, 60];

    [Fact]
    public void Parts_shown_add_up_to_the_total_shown_and_none_is_off_by_a_last_digit() => Gen.Select(Parts, Gen.Int[0, 4]).Sample((parts, decimals) =>
    {
        var shown = LargestRemainder.Round(parts, decimals);
        var digit = (decimal)Math.Pow(10, -decimals);
        Assert.Equal(Math.Round(parts.Sum(), decimals, MidpointRounding.AwayFromZero), shown.Sum());
        Assert.All(parts.Zip(shown), p => Assert.True(Math.Abs(p.First - p.Second) < digit, $"{p.First} shown as {p.Second}"));
    });

    [Fact]
    public void Shares_add_up_to_a_hundred() => Parts.Where(p => p.Sum() > 0).Sample(parts =>
        Assert.Equal(100m, LargestRemainder.Share(parts, 100, 1).Sum()));

    [Fact]
    public void Three_thirds_are_shown_as_a_whole() => Assert.Equal([33.4m, 33.3m, 33.3m], LargestRemainder.Share([1, 1, 1], 100, 1));

    [Fact]
    public void What_is_nothing_is_shown_as_nothing() => Assert.Equal([0m, 0m], LargestRemainder.Share([0, 0], 0, 1));

    [Fact]
    public void Every_column_of_a_breakdown_adds_up() => Gen.Select(Gen.Long[1, 100_000_000], Gen.Int[0, 2], Gen.Int[0, 5]).Array[1, 40].Sample(rows =>
    {
        var facilities = rows.Select((r, i) => Samples.Facility($"f{i}", r.Item1 / 10_000m, (FacilityStatus)r.Item2) with
        {
            Date = new(2030, 1, 1), Place = new("East", "", $"c{r.Item3}"),
        }).ToList();
        var shown = ShownTally.Of(Tally.Take(Samples.Census(facilities), Dimension.City, DataType.Fp32));
        foreach (var column in (Func<ShownRow, string>[])[r => r.Built, r => r.UnderConstruction, r => r.Planned, r => r.Share])
            Assert.Equal(Number(column(shown.Total)), shown.Rows.Sum(r => Number(column(r))));
    });

    private static decimal Number(string cell) => cell == "-" ? 0 : decimal.Parse(cell.TrimEnd(' ', '%', '*'), System.Globalization.CultureInfo.InvariantCulture);
}
