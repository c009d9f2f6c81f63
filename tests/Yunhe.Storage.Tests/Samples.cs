using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Yunhe.Core.Workloads;

namespace Yunhe.Storage.Tests;

/// <summary>Makes a value of any record, every member of it filled with something that is not its initial value.</summary>
internal static class Samples
{
    private static readonly MethodInfo ListMaker = typeof(Samples).GetMethod(nameof(ListOf), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static object Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return "å\n\"云\"";
        if (type == typeof(bool)) return true;
        if (type == typeof(int)) return 7;
        if (type == typeof(long)) return 1L << 40;
        if (type == typeof(double)) return 1.1;
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(61.5);
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        if (type == typeof(DateOnly)) return new DateOnly(2026, 1, 2);
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Last();
        if (type == typeof(WorkloadId)) return new WorkloadId(17);
        if (type == typeof(TaskId)) return new TaskId(new(17), 3);
        if (type == typeof(AttemptId)) return new AttemptId(new(new(17), 3), 2);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)) return DictionaryOf(type);
        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
            return ListMaker.MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(null, [type])!;
        return RecordOf(type);
    }

    /// <summary>Members that a record is made of (not the computed ones).</summary>
    public static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0);

    private static object RecordOf(Type type)
    {
        var maker = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault();
        var made = maker is null
            ? Activator.CreateInstance(type)!
            : maker.Invoke([.. maker.GetParameters().Select(p => Of(p.ParameterType))]);
        foreach (var member in Members(type)) member.SetValue(made, Of(member.PropertyType));
        return made;
    }

    private static object ListOf<T>(Type type) =>
        type == typeof(ImmutableArray<T>) ? ImmutableArray.Create((T)Of(typeof(T))) : new List<T> { (T)Of(typeof(T)) };

    private static object DictionaryOf(Type type)
    {
        var made = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments()))!;
        made.Add(Of(type.GetGenericArguments()[0]), Of(type.GetGenericArguments()[1]));
        return made;
    }
}
