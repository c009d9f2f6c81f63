using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Yunhe.Core.Control;

namespace Yunhe.Simulation.Tests;

/// <summary>The same seed gives the same decisions to the last byte, whatever surrounds it.</summary>
public sealed class DeterminismTests
{
    private static readonly int[] Seeds = [0, 3, 7, 20, 31];

    private static string LogsOf(IEnumerable<int> seeds) => string.Join(' ', seeds.Select(seed =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(FaultSearch.Run(seed).Log.ToList<Event>())))));

    [Fact]
    public void Whatever_the_culture()
    {
        var usual = LogsOf(Seeds);
        Assert.Equal(usual, InCulture(Turkish(), () => LogsOf(Seeds)));
        Assert.Equal(usual, InCulture(Persian(), () => LogsOf(Seeds)));
    }

    [Theory]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/St_Johns")]
    public void Whatever_the_time_zone(string zone)
    {
        var usual = LogsOf(Seeds);
        var before = Environment.GetEnvironmentVariable("TZ");
        try
        {
            Environment.SetEnvironmentVariable("TZ", zone);
            TimeZoneInfo.ClearCachedData();
            Assert.NotEqual(TimeSpan.Zero, TimeZoneInfo.Local.BaseUtcOffset);
            Assert.Equal(usual, LogsOf(Seeds));
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Fact]
    public void However_many_run_at_a_time()
    {
        var alone = Seeds.Select(seed => LogsOf([seed])).ToList();
        var together = new string[Seeds.Length];
        Parallel.For(0, Seeds.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = LogsOf([Seeds[i]]));
        Assert.Equal(alone, together);
    }

    private static string InCulture(CultureInfo culture, Func<string> run)
    {
        var result = "";
        var thread = new Thread(() =>
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
            result = run();
        });
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>Programs here know no culture by name (invariant globalization), so one with the same traits is made: a comma for the decimal point.</summary>
    private static CultureInfo Turkish()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        (culture.DateTimeFormat.DateSeparator, culture.DateTimeFormat.TimeSeparator, culture.DateTimeFormat.ShortDatePattern) = (".", ".", "d.MM.yyyy");
        return culture;
    }

    /// <summary>Another minus, another decimal sign, and another calendar.</summary>
    private static CultureInfo Persian()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberDecimalSeparator) = ("\u200E\u2212", "/");
        culture.DateTimeFormat.ShortDatePattern = "yyyy/M/d";
        return culture;
    }
}
