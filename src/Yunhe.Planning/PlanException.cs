namespace Yunhe.Planning;

/// <summary>A question that can't be answered as it is asked: which field, what is wrong, and how to mend it.</summary>
public sealed class PlanException(string where, string message) : Exception(message)
{
    public string Where => where;
}
