namespace Yunhe.Planning.Census;

/// <summary>
/// Rounding that keeps a sum: parts shown add up to the total shown. All are rounded down, and what is missing to the rounded total goes, one
/// last digit each, to the parts that lost most (Hamilton's method of apportionment).
/// </summary>
public static class LargestRemainder
{
    /// <param name="parts">None negative.</param>
    /// <param name="decimals">Places after the point, 0 to 12.</param>
    public static IReadOnlyList<decimal> Round(IReadOnlyList<decimal> parts, int decimals)
    {
        var digit = Digit(decimals);
        return Apportion([.. parts.Select(p => p / digit)], Math.Round(parts.Sum() / digit, MidpointRounding.AwayFromZero), digit);
    }

    /// <summary>Parts of something whose rounded total is shown elsewhere already: scaled to it.</summary>
    /// <param name="parts">None negative; all 0 where the total is.</param>
    /// <param name="total">A multiple of the last digit.</param>
    /// <param name="decimals">Places after the point, 0 to 12.</param>
    public static IReadOnlyList<decimal> Share(IReadOnlyList<decimal> parts, decimal total, int decimals)
    {
        var (digit, sum) = (Digit(decimals), parts.Sum());
        return sum == 0 ? [.. parts] : Apportion([.. parts.Select(p => p / sum * total / digit)], total / digit, digit);
    }

    private static decimal[] Apportion(decimal[] exact, decimal total, decimal digit)
    {
        var shown = exact.Select(Math.Floor).ToArray();
        var missing = (int)(total - shown.Sum());
        foreach (var i in Enumerable.Range(0, exact.Length).OrderByDescending(i => exact[i] - shown[i]).ThenBy(i => i).Take(missing)) shown[i]++;
        return [.. shown.Select(s => s * digit)];
    }

    private static decimal Digit(int decimals)
    {
        var digit = 1m;
        for (var i = 0; i < decimals; i++) digit /= 10;
        return digit;
    }
}
