namespace Yunhe.Planning;

/// <summary>A figure that nobody gave: what it is of, the value taken, and why that one. Every answer lists those it rests on.</summary>
public sealed record Assumption(string What, string Value, string Because);
