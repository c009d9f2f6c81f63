namespace Yunhe.Storage;

/// <summary>There is no space to store more; nothing of the refused transaction is kept, everything acknowledged before is.</summary>
public sealed class StoreFullException(string message, Exception inner) : IOException(message, inner);

/// <summary>The data directory can't be used; the message says why and what to do.</summary>
public sealed class StoreUnusableException : Exception
{
    public StoreUnusableException(string message)
        : base(message)
    {
    }

    public StoreUnusableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
