namespace Yunhe.Planning.Catalogue;

/// <summary>What a dollar is taken for where list prices are in dollars and an answer is in yuan. An assumption, told with every answer that rests on it.</summary>
public static class ExchangeRate
{
    public const double YuanPerDollar = 7.1;
}
