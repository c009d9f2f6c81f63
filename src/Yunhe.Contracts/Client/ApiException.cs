namespace Yunhe.Contracts.Client;

/// <summary>The server's refusal of a call: an RFC 9457 problem.</summary>
public sealed class ApiException(int status, ProblemView problem) : Exception(Describe(status, problem))
{
    public int Status { get; } = status;

    public ProblemView Problem { get; } = problem;

    private static string Describe(int status, ProblemView problem) =>
        (problem.Detail ?? problem.Title) is { Length: > 0 } words ? words : $"the server answered {status}";
}

/// <summary>No server answers at the address, or the connection kept breaking.</summary>
public sealed class ServerUnreachableException(Uri server, string reason, Exception inner)
    : Exception($"no Yunhe server answers at {server.GetLeftPart(UriPartial.Authority)}: {reason}", inner)
{
    public Uri Server { get; } = server;
}
