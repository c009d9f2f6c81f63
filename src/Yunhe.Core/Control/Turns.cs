namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>
/// The heads of the queue in the order in which they are served: the project whose turn it is, then by rank within it. A project's turn is
/// weighed anew after each of its heads, since what was started counts at once.
/// </summary>
/// <remarks>Priorities order a project's own work only: if they ranked the work of all, a high one would be a way around every share.</remarks>
internal sealed class Turns(State state)
{
    private readonly Dictionary<string, PriorityQueue<ReadyClass, Ready>> heads = new(StringComparer.Ordinal);
    private readonly Stack<PriorityQueue<ReadyClass, Ready>> idle = [];
    private readonly PriorityQueue<string, Standing> projects = new();
    private DateTimeOffset now;

    /// <summary>The project that was served last, and has not queued up again.</summary>
    private string? serving;
    private bool begun;

    /// <summary>Anew, in the same memory.</summary>
    public void Begin(DateTimeOffset at)
    {
        foreach (var own in heads.Values)
        {
            own.Clear();
            idle.Push(own);
        }
        heads.Clear();
        projects.Clear();
        (now, serving, begun) = (at, null, false);
    }

    public void Enqueue(ReadyClass alike, Ready entry)
    {
        var project = alike.ProjectIn(state, entry);
        if (!heads.TryGetValue(project, out var own)) heads.Add(project, own = idle.TryPop(out var cleared) ? cleared : new());
        own.Enqueue(alike, entry);
        if (begun && project != serving) throw new InvalidOperationException($"{project} queues up while {serving} is served");
    }

    public bool TryDequeue(out ReadyClass alike, out Ready entry)
    {
        if (!begun)
        {
            foreach (var project in heads.Keys) projects.Enqueue(project, StandingOf(project));
            begun = true;
        }
        if (serving is { } last && heads[last].Count > 0)
        {
            // Nobody else waits: it stays its turn.
            if (projects.Count == 0) return heads[last].TryDequeue(out alike!, out entry);
            projects.Enqueue(last, StandingOf(last));
        }
        serving = null;
        while (projects.TryDequeue(out var project, out var standing))
        {
            // Its tenant may have started something for another project meanwhile.
            if (StandingOf(project) is var current && current.CompareTo(standing) > 0) projects.Enqueue(project, current);
            else
            {
                serving = project;
                return heads[project].TryDequeue(out alike!, out entry);
            }
        }
        (alike, entry) = (null!, default);
        return false;
    }

    private Standing StandingOf(string project)
    {
        if (heads.Count == 1) return default;
        heads[project].TryPeek(out _, out var first);
        var spec = state.Workload(first.Workload)!.Spec;
        return state.Shares.StandingOf(project, now, Use.Of(spec.Requirements[0], spec.Nodes));
    }
}
