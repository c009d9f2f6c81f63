using System.Collections;

namespace Yunhe.Core.Accounts;

using Yunhe.Core.Workloads;

/// <summary>What attempts used, in the order in which they ended. Only their IDs: the records are kept with the attempts themselves.</summary>
/// <param name="find">The record of an attempt; null: it is forgotten.</param>
internal sealed class UsageLog(Func<AttemptId, UsageRecord?> find) : IReadOnlyCollection<UsageRecord>
{
    private readonly List<AttemptId> attempts = [];
    private int forgotten;

    public int Count => attempts.Count - forgotten;

    public void Add(AttemptId attempt) => attempts.Add(attempt);

    /// <summary>So many of them are not found any more.</summary>
    public void Forget(int count)
    {
        forgotten += count;
        if (forgotten <= attempts.Count / 2) return;
        attempts.RemoveAll(a => find(a) is null);
        forgotten = 0;
    }

    public IEnumerator<UsageRecord> GetEnumerator() => attempts.Select(find).OfType<UsageRecord>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
