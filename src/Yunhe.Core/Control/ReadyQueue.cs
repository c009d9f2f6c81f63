namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>A place in the queue. <c>Task</c> null: the next task of the workload that never left the queue.</summary>
internal readonly record struct Ready(int Priority, DateTimeOffset Since, WorkloadId Workload, TaskId? Task) : IComparable<Ready>
{
    /// <summary>Higher priority with its age, then longer wait, then the smaller ID, then tried ones before fresh ones.</summary>
    public int CompareTo(Ready other)
    {
        var c = Ageing.Turn(Priority, Since).CompareTo(Ageing.Turn(other.Priority, other.Since));
        if (c == 0) c = Since.CompareTo(other.Since);
        if (c == 0) c = Workload.CompareTo(other.Workload);
        if (c == 0) c = (Task is null).CompareTo(other.Task is null);
        return c != 0 || Task is not { } mine || other.Task is not { } theirs ? c : mine.CompareTo(theirs);
    }
}

/// <summary>
/// What waits for a site, in classes of alike requirements: when the first of a class can't be placed, none of it can, so that a pass
/// costs as much as there are classes and placements, whatever waits. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly Dictionary<string, SortedSet<Ready>> classes = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Due, Ready Entry, string Class)> delayed = [];

    public int Count { get; private set; }

    /// <summary>Rises with every change.</summary>
    public long Version { get; private set; }

    /// <summary>What may start has changed, though the queue has not.</summary>
    public void Touch() => Version++;

    public void Add(Ready entry, string requirementClass, DateTimeOffset? notBefore)
    {
        if (notBefore is { } due) delayed.Add((due, entry, requirementClass));
        else if (Class(requirementClass).Add(entry)) Count++;
        Version++;
    }

    public void Remove(Ready entry, string requirementClass, DateTimeOffset? notBefore)
    {
        if (notBefore is { } due) delayed.Remove((due, entry, requirementClass));
        if (classes.TryGetValue(requirementClass, out var entries) && entries.Remove(entry))
        {
            Count--;
            if (entries.Count == 0) classes.Remove(requirementClass);
        }
        Version++;
    }

    /// <summary>Lets in what was delayed until now or earlier.</summary>
    public void Release(DateTimeOffset now)
    {
        while (delayed.Count > 0 && delayed.Min is var (due, entry, requirementClass) && due <= now)
        {
            delayed.Remove(delayed.Min);
            if (Class(requirementClass).Add(entry)) Count++;
            Version++;
        }
    }

    /// <summary>The classes by the place of their first entry.</summary>
    public PriorityQueue<string, Ready> Heads()
    {
        var heads = new PriorityQueue<string, Ready>(classes.Count);
        foreach (var (name, entries) in classes) heads.Enqueue(name, entries.Min);
        return heads;
    }

    public bool Holds(string requirementClass, Ready entry) => classes.TryGetValue(requirementClass, out var entries) && entries.Contains(entry);

    /// <summary>The first of a class, or the first behind <paramref name="after"/>; null: there is none.</summary>
    public Ready? First(string requirementClass, Ready? after = null)
    {
        if (!classes.TryGetValue(requirementClass, out var entries)) return null;
        if (after is not { } entry) return entries.Min;
        foreach (var next in entries.GetViewBetween(entry, entries.Max))
            if (next != entry) return next;
        return null;
    }

    private SortedSet<Ready> Class(string name)
    {
        if (!classes.TryGetValue(name, out var entries)) classes.Add(name, entries = []);
        return entries;
    }
}
