using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yunhe.Core.Workloads;

/// <summary>"w17": the number of a workload in its network.</summary>
[JsonConverter(typeof(IdConverter<WorkloadId>))]
public readonly record struct WorkloadId(long Number) : IComparable<WorkloadId>, ISpanParsable<WorkloadId>
{
    public int CompareTo(WorkloadId other) => Number.CompareTo(other.Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"w{Number}");

    public static WorkloadId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a workload ID such as w17");

    public static bool TryParse(string? s, IFormatProvider? provider, out WorkloadId result) => TryParse(s.AsSpan(), provider, out result);

    public static WorkloadId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString(), provider);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out WorkloadId result)
    {
        result = default;
        if (s.Length < 2 || s[0] != 'w' || s[1] == '0' || !long.TryParse(s[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var n)) return false;
        result = new(n);
        return true;
    }

    public static bool operator <(WorkloadId a, WorkloadId b) => a.Number < b.Number;

    public static bool operator >(WorkloadId a, WorkloadId b) => a.Number > b.Number;

    public static bool operator <=(WorkloadId a, WorkloadId b) => a.Number <= b.Number;

    public static bool operator >=(WorkloadId a, WorkloadId b) => a.Number >= b.Number;
}

/// <summary>"w17", or "w17_3" for the task with index 3 of an array. <c>Index</c> is −1 where there is no array.</summary>
[JsonConverter(typeof(IdConverter<TaskId>))]
public readonly record struct TaskId(WorkloadId Workload, int Index = -1) : IComparable<TaskId>, ISpanParsable<TaskId>
{
    public int CompareTo(TaskId other) =>
        Workload.CompareTo(other.Workload) is var c && c != 0 ? c : Index.CompareTo(other.Index);

    public override string ToString() =>
        Index < 0 ? Workload.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Workload}_{Index}");

    public static TaskId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a task ID such as w17 or w17_3");

    public static bool TryParse(string? s, IFormatProvider? provider, out TaskId result) => TryParse(s.AsSpan(), provider, out result);

    public static TaskId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString(), provider);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TaskId result)
    {
        result = default;
        var cut = s.IndexOf('_');
        var index = -1;
        if (cut >= 0 && !int.TryParse(s[(cut + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out index)) return false;
        if (!WorkloadId.TryParse(cut < 0 ? s : s[..cut], provider, out var workload)) return false;
        result = new(workload, index);
        return true;
    }

    public static bool operator <(TaskId a, TaskId b) => a.CompareTo(b) < 0;

    public static bool operator >(TaskId a, TaskId b) => a.CompareTo(b) > 0;

    public static bool operator <=(TaskId a, TaskId b) => a.CompareTo(b) <= 0;

    public static bool operator >=(TaskId a, TaskId b) => a.CompareTo(b) >= 0;
}

/// <summary>"w17.2" or "w17_3.2": the second try of a task; what engine jobs are marked with. Safe as a file name.</summary>
[JsonConverter(typeof(IdConverter<AttemptId>))]
public readonly record struct AttemptId(TaskId Task, int Number) : IComparable<AttemptId>, ISpanParsable<AttemptId>
{
    public int CompareTo(AttemptId other) => Task.CompareTo(other.Task) is var c && c != 0 ? c : Number.CompareTo(other.Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Task}.{Number}");

    public static AttemptId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not an attempt ID such as w17.1 or w17_3.1");

    public static bool TryParse(string? s, IFormatProvider? provider, out AttemptId result) => TryParse(s.AsSpan(), provider, out result);

    public static AttemptId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString(), provider);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out AttemptId result)
    {
        result = default;
        var cut = s.IndexOf('.');
        if (cut < 0 || !TaskId.TryParse(s[..cut], provider, out var task)) return false;
        if (!int.TryParse(s[(cut + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1) return false;
        result = new(task, number);
        return true;
    }

    public static bool operator <(AttemptId a, AttemptId b) => a.CompareTo(b) < 0;

    public static bool operator >(AttemptId a, AttemptId b) => a.CompareTo(b) > 0;

    public static bool operator <=(AttemptId a, AttemptId b) => a.CompareTo(b) <= 0;

    public static bool operator >=(AttemptId a, AttemptId b) => a.CompareTo(b) >= 0;
}

/// <summary>IDs are strings in JSON, as values and as keys.</summary>
internal sealed class IdConverter<T> : JsonConverter<T>
    where T : struct, ISpanParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => T.Parse(reader.GetString()!, null);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        T.Parse(reader.GetString()!, null);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString()!);
}
