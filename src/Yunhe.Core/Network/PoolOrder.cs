namespace Yunhe.Core.Network;

/// <summary>Pools in order of their sites' names, then of their own.</summary>
internal static class PoolOrder
{
    public static Comparer<(string Site, string Pool)> ByName { get; } = Comparer<(string Site, string Pool)>.Create((a, b) =>
        string.CompareOrdinal(a.Site, b.Site) is not 0 and var c ? c : string.CompareOrdinal(a.Pool, b.Pool));
}
