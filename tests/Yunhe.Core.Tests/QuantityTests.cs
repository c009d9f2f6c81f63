using System.Text.Json;
using CsCheck;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

public sealed class QuantityTests
{
    [Fact]
    public void Money_adds_up_exactly_whatever_the_order() =>
        Gen.Long[-1_000_000_000, 1_000_000_000].Array[0, 50].Sample(micros =>
        {
            var forwards = micros.Aggregate(Money.Zero, (sum, m) => sum + new Money(m));
            var backwards = micros.Reverse().Aggregate(Money.Zero, (sum, m) => sum + new Money(m));
            return forwards == backwards && forwards.Micros == micros.Sum();
        });

    [Fact]
    public void Money_that_overflows_is_an_error_and_never_wraps()
    {
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue) + new Money(1));
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue).Times(2));
        Assert.Throws<OverflowException>(() => Money.FromDecimal(decimal.MaxValue / 2));
    }

    [Fact]
    public void A_kilowatt_for_an_hour_is_a_kilowatt_hour_and_emits_the_grids_intensity()
    {
        var energy = Energy.Of(1000, TimeSpan.FromHours(1));
        Assert.Equal(1.0, energy.KWh);
        Assert.Equal(570, Carbon.Of(energy, 570).Grams);
    }

    [Fact]
    public void Identifiers_are_read_as_they_are_written() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Int[-1, int.MaxValue], Gen.Int[1, int.MaxValue]).Sample((number, index, attempt) =>
        {
            var id = new AttemptId(new(new(number), index), attempt);
            return AttemptId.Parse(id.ToString(), null) == id
                && TaskId.Parse(id.Task.ToString(), null) == id.Task
                && JsonSerializer.Deserialize<AttemptId>(JsonSerializer.Serialize(id)) == id;
        });

    [Theory]
    [InlineData("")]
    [InlineData("w")]
    [InlineData("17")]
    [InlineData("w-1")]
    [InlineData("w01.1")]
    [InlineData("w1_")]
    [InlineData("w1_-2.1")]
    [InlineData("w1.0")]
    [InlineData("w1.1.1")]
    [InlineData("w99999999999999999999.1")]
    [InlineData("../w1.1")]
    public void What_is_no_identifier_is_not_taken_for_one(string text) => Assert.False(AttemptId.TryParse(text, null, out _));
}
