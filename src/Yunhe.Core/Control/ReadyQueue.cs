namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>A place in the queue. Kept small: a million of them are moved about.</summary>
internal readonly record struct Ready : IComparable<Ready>
{
    /// <summary>Of a task that has no place of its own: the next of the workload that never left the queue.</summary>
    private const int Fresh = int.MaxValue;

    private readonly long since;
    private readonly int index;

    /// <param name="rank">From <see cref="QueueOrder"/>; the lowest goes first.</param>
    /// <param name="since">Since when it waits.</param>
    /// <param name="workload">Whose task it is.</param>
    /// <param name="task">Which task; null: the next of the workload that never left the queue.</param>
    /// <param name="limited">It has a deadline or a budget of its own.</param>
    public Ready(long rank, DateTimeOffset since, WorkloadId workload, TaskId? task, bool limited)
    {
        (Rank, this.since, Workload, Limited) = (rank, since.UtcTicks, workload, limited);
        index = task is { } one ? one.Index : Fresh;
    }

    public long Rank { get; }

    public WorkloadId Workload { get; }

    public bool Limited { get; }

    public DateTimeOffset Since => new(since, TimeSpan.Zero);

    public TaskId? Task => index == Fresh ? null : new(Workload, index);

    /// <summary>Lower rank, then longer wait, then the smaller ID, then tried ones before fresh ones.</summary>
    public int CompareTo(Ready other)
    {
        var c = Rank.CompareTo(other.Rank);
        if (c == 0) c = since.CompareTo(other.since);
        if (c == 0) c = Workload.CompareTo(other.Workload);
        return c == 0 ? index.CompareTo(other.index) : c;
    }
}

/// <summary>
/// Entries that have the same needs. Those without limits of their own are alike: when the first of them can't be placed, none of them can.
/// Each of the others has a deadline or a budget, and is asked for itself.
/// </summary>
/// <param name="name">The text of their <see cref="RequirementClass"/>.</param>
internal sealed class ReadyClass(string name)
{
    private string? project;

    public string Name => name;

    public SortedChunks<Ready> Alike { get; } = new();

    public SortedChunks<Ready> Limited { get; } = new();

    /// <summary>What the first of those that are alike was found to wait for; null: nobody has looked, or there may be room.</summary>
    public Blocked? Blocked { get; set; }

    /// <summary>Where they could start, as of the latest look; null: nobody has looked.</summary>
    public Openings? Openings { get; set; }

    /// <summary>Up to which of those with limits of their own the latest pass got in vain; null: it asked for all.</summary>
    public Ready? AskedInVain { get; set; }

    public bool IsEmpty => Alike.Count == 0 && Limited.Count == 0;

    public SortedChunks<Ready> Entries(bool limited) => limited ? Limited : Alike;

    /// <summary>Of all of them.</summary>
    public string ProjectIn(State state, Ready any) => project ??= state.Workload(any.Workload)!.Project;

    /// <summary>The first entry behind one of its kind, which may have gone; null: there is none.</summary>
    public Ready? After(Ready entry) => Entries(entry.Limited).After(entry);
}

/// <summary>A full pool that a class waits for: its score and start as of a look that is good for a few seconds.</summary>
/// <param name="Pool">Its number.</param>
/// <param name="Score">Its score with the wait.</param>
/// <param name="Length">How long it would take there.</param>
/// <param name="Start">When it could start there.</param>
/// <param name="Until">How long the look is good for.</param>
/// <param name="Kept">What is kept for it there; null: nothing.</param>
internal readonly record struct Blocked(int Pool, double Score, TimeSpan Length, DateTimeOffset Start, DateTimeOffset Until, Scheduling.Backfill.Waiter? Kept);

/// <summary>
/// What waits for a site, in classes of the same needs, so that a pass over the queue costs as much as there are classes and placements,
/// whatever waits. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly Dictionary<string, ReadyClass> classes = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Due, Ready Entry, string Class)> delayed = [];

    /// <summary>A class may have no entries left.</summary>
    private bool emptied;

    public int Count { get; private set; }

    /// <summary>Memory of the heads that a pass asks for: as large as there are classes, and so not made anew for each.</summary>
    public List<(ReadyClass Class, Ready Entry)> Asked { get; } = [];

    /// <summary>Rises with every change.</summary>
    public long Version { get; private set; }

    public void Clear()
    {
        classes.Clear();
        delayed.Clear();
        Count = 0;
        Version++;
    }

    /// <summary>What may start has changed, though the queue has not.</summary>
    public void Touch() => Version++;

    public void Add(Ready entry, string requirementClass, DateTimeOffset? notBefore)
    {
        if (notBefore is { } due) delayed.Add((due, entry, requirementClass));
        else Admit(entry, requirementClass);
        Version++;
    }

    public void Remove(Ready entry, string requirementClass, DateTimeOffset? notBefore)
    {
        if (notBefore is { } due) delayed.Remove((due, entry, requirementClass));
        if (classes.TryGetValue(requirementClass, out var alike) && alike.Entries(entry.Limited).Remove(entry))
        {
            Count--;
            emptied |= alike.IsEmpty;
        }
        Version++;
    }

    /// <summary>Lets in what was delayed until now or earlier.</summary>
    public void Release(DateTimeOffset now)
    {
        while (delayed.Count > 0 && delayed.Min is var (due, entry, requirementClass) && due <= now)
        {
            delayed.Remove(delayed.Min);
            Admit(entry, requirementClass);
            Version++;
        }
    }

    /// <summary>The first of those that are alike; null: none of them waits.</summary>
    public Ready? FirstOf(string requirementClass) => classes.TryGetValue(requirementClass, out var alike) && alike.Alike.Count > 0 ? alike.Alike.First : null;

    /// <summary>The first entries of the classes: of those that are alike, and of those with limits of their own.</summary>
    public IEnumerable<(ReadyClass Class, Ready Entry)> Heads()
    {
        // Not when they become empty: a pass holds on to a class while it takes out the entries and puts some back.
        if (emptied)
            foreach (var (name, alike) in classes)
                if (alike.IsEmpty) classes.Remove(name);
        emptied = false;
        foreach (var alike in classes.Values)
        {
            if (alike.Alike.Count > 0) yield return (alike, alike.Alike.First);
            if (alike.Limited.Count > 0) yield return (alike, alike.Limited.First);
        }
    }

    /// <summary>The text of a class as it is kept here, rather than another that is equal.</summary>
    public string Shared(string requirementClass) => classes.TryGetValue(requirementClass, out var alike) ? alike.Name : requirementClass;

    private void Admit(Ready entry, string requirementClass)
    {
        if (!classes.TryGetValue(requirementClass, out var alike)) classes.Add(requirementClass, alike = new(requirementClass));
        if (alike.Entries(entry.Limited).Add(entry)) Count++;
    }
}
