namespace Yunhe.Server;

/// <summary>The server can't be started as it was asked to; the message says why and what to do.</summary>
public sealed class ServerStartException : Exception
{
    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
