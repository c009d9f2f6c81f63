using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Yunhe.Core.Control;

namespace Yunhe.Storage;

/// <summary>JSON of what is stored. Absent members take the initial value that their record gives them, so that old rows stay readable.</summary>
/// <remarks>
/// By reflection on purpose: System.Text.Json's generated code (10.0) sets absent init-only members to null or zero instead, and is
/// no faster here.
/// </remarks>
public static class StoreJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly FrozenDictionary<Type, string> Kinds = typeof(Event).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(a => a.DerivedType, a => (string)a.TypeDiscriminator!);

    /// <summary>The stored name of an event's kind, such as attempt-started.</summary>
    public static string KindOf(Event fact) => Kinds[fact.GetType()];

    internal static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    internal static T Read<T>(byte[] body) => JsonSerializer.Deserialize<T>(body, Options)
        ?? throw new JsonException("null where a record is stored");
}
