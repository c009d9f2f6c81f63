namespace Yunhe.Cli.Tests;

public sealed class FormatTests
{
    [Theory]
    [InlineData(null, "-")]
    [InlineData(0.1234, "0.12 s")]
    [InlineData(1.23, "1.2 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1m00s")]
    [InlineData(184.0, "3m04s")]
    [InlineData(3599.6, "1h00m")]
    [InlineData(7500.0, "2h05m")]
    [InlineData(273_600.0, "3d04h")]
    public void Durations_read_as_people_say_them(double? seconds, string expected) => Assert.Equal(expected, Format.Duration(seconds));

    [Theory]
    [InlineData("0", "CNY", "¥0")]
    [InlineData("0.0123", "CNY", "¥0.0123")]
    [InlineData("0.000042", "CNY", "¥0.000042")]
    [InlineData("12.5", "CNY", "¥12.50")]
    [InlineData("3", "EUR", "EUR 3.0000")]
    public void Money_has_its_sign_and_enough_decimals(string amount, string currency, string expected) =>
        Assert.Equal(expected, Format.Money(decimal.Parse(amount), currency));

    [Theory]
    [InlineData(0.0042, "0.0042 kWh")]
    [InlineData(0, "0 kWh")]
    [InlineData(12.345, "12.3 kWh")]
    public void Energy_keeps_two_digits_that_count(double kwh, string expected) => Assert.Equal(expected, Format.Energy(kwh));

    [Theory]
    [InlineData(1.7, "1.7 g")]
    [InlineData(1700, "1.7 kg")]
    [InlineData(2.5e6, "2.5 t")]
    public void Carbon_grows_from_grams_to_tonnes(double grams, string expected) => Assert.Equal(expected, Format.Carbon(grams));
}
