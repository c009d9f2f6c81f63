using System.Globalization;
using System.Text;

namespace Yunhe.Contracts.Client;

/// <summary>Builds paths with a query; parts that are null are left out.</summary>
internal static class Query
{
    public static string Of(string path, params ReadOnlySpan<(string Name, object? Value)> parts)
    {
        var text = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in parts)
        {
            if (value is null) continue;
            text.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(Word(value)));
            mark = '&';
        }

        return text.ToString();
    }

    public static string Item(string path, string id, string rest = "") => $"{path}/{Uri.EscapeDataString(id)}{rest}";

    private static string Word(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        Enum word => word.ToString().ToLowerInvariant(),
        DateTimeOffset at => at.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
