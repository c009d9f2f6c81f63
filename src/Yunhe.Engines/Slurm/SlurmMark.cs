using System.Globalization;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// The comment that tells whose a Slurm job is: <c>yunhe:NETWORK:w17.2</c>, or <c>yunhe:NETWORK:w17_*.1</c> on an array,
/// where Slurm's array index is the task's index.
/// </summary>
internal readonly record struct SlurmMark(WorkloadId Workload, int? Task, bool IsArray, int Number)
{
    private const string AnyTask = "_*.";

    public static string Of(string network, AttemptId attempt) => $"yunhe:{network}:{attempt}";

    public static string OfArray(string network, AttemptId attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"yunhe:{network}:{attempt.Task.Workload}{AnyTask}{attempt.Number}");

    /// <summary>Null where the comment is not one of this network's.</summary>
    public static SlurmMark? Parse(string? comment, string network)
    {
        var prefix = $"yunhe:{network}:";
        if (comment is null || !comment.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var text = comment.AsSpan(prefix.Length);
        var cut = text.IndexOf(AnyTask);
        if (cut < 0)
        {
            return AttemptId.TryParse(text, null, out var attempt)
                ? new(attempt.Task.Workload, attempt.Task.Index, false, attempt.Number)
                : null;
        }

        return WorkloadId.TryParse(text[..cut], null, out var workload)
            && int.TryParse(text[(cut + AnyTask.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(workload, null, true, number)
            : null;
    }

    /// <summary>The attempts that a job with this mark is or holds.</summary>
    public IEnumerable<AttemptId> AttemptsOf(SlurmJob job)
    {
        var (workload, number) = (Workload, Number);
        if (!IsArray) return [new(new(workload, Task ?? -1), number)];
        if (job.ArrayTask is { } task) return [new(new(workload, task), number)];
        return ArrayIndices.Expand(job.ArrayTasks).Select(index => new AttemptId(new(workload, index), number));
    }
}

/// <summary>Slurm's text of array indices: <c>0-9,12,20-30:2%4</c>.</summary>
internal static class ArrayIndices
{
    // Slurm's own ceiling of MaxArraySize.
    private const int Most = 4_000_001;

    public static bool IsCut(string text) => text.Contains("...", StringComparison.Ordinal);

    /// <summary>In the order of the text; what Slurm cut off ("...") is missing.</summary>
    public static IEnumerable<int> Expand(string text)
    {
        var limit = text.IndexOf('%');
        foreach (var part in (limit < 0 ? text : text[..limit]).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int step = 1, last;
            var range = part;
            if (part.IndexOf(':') is var colon and > 0)
            {
                range = part[..colon];
                if (!TryRead(part[(colon + 1)..], out step) || step == 0) continue;
            }

            var dash = range.IndexOf('-');
            if (!TryRead(dash < 0 ? range : range[..dash], out var first)) continue;
            last = first;
            if (dash >= 0 && !TryRead(range[(dash + 1)..], out last)) continue;
            for (var index = first; index <= Math.Min(last, Most); index += step) yield return index;
        }
    }

    /// <summary>The shortest text of runs; indices ascend.</summary>
    public static string Text(IReadOnlyList<int> indices)
    {
        var parts = new List<string>();
        for (var i = 0; i < indices.Count;)
        {
            var end = i;
            while (end + 1 < indices.Count && indices[end + 1] == indices[end] + 1) end++;
            var first = indices[i].ToString(CultureInfo.InvariantCulture);
            parts.Add(end == i ? first : string.Create(CultureInfo.InvariantCulture, $"{first}-{indices[end]}"));
            i = end + 1;
        }

        return string.Join(',', parts);
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
