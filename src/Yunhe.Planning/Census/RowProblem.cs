namespace Yunhe.Planning.Census;

/// <summary>What is wrong with a row of a file, and where.</summary>
/// <param name="Line">From 1; 0: of the file as a whole.</param>
public sealed record RowProblem(long Line, string Field, string Message)
{
    public override string ToString() => (Line > 0 ? $"line {Line}, " : "") + $"{Field}: {Message}";
}

/// <summary>A census that can't be taken as it is; nothing of it was.</summary>
public sealed class CensusException(IReadOnlyList<RowProblem> problems) : Exception(string.Join("\n", problems))
{
    public IReadOnlyList<RowProblem> Problems => problems;
}
