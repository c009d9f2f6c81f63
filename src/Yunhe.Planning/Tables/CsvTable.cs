using System.Globalization;
using CsvHelper;

namespace Yunhe.Planning.Tables;

/// <summary>A row's field that is not what it should be; says which line, which column, and what was expected.</summary>
public sealed class TableException(long line, string column, string expected, string found)
    : Exception($"line {line}, {column}: {Words(expected, found)}")
{
    public long Line => line;

    public string Column => column;

    /// <summary>Without the place.</summary>
    public string Problem => Words(expected, found);

    /// <summary>Control characters would act on a terminal.</summary>
    private static string Words(string expected, string found) =>
        $"expected {expected}, found '{string.Concat(found.Take(80).Select(c => char.IsControl(c) ? '�' : c))}{(found.Length > 80 ? "…" : "")}'";
}

/// <summary>One row of a table, by the names of its columns.</summary>
public sealed class CsvRow(long line, IReadOnlyDictionary<string, string> fields)
{
    public long Line => line;

    public IEnumerable<string> Columns => fields.Keys;

    /// <summary>Without blanks around it; empty where there is no such column.</summary>
    public string Text(string column) => fields.GetValueOrDefault(column, "");

    /// <summary>Null where the field is empty.</summary>
    public double? Number(string column, double least = double.MinValue, double most = double.MaxValue)
    {
        var text = Text(column);
        if (text.Length == 0) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Problem(column, string.Create(CultureInfo.InvariantCulture, $"a number{(least > double.MinValue ? $" from {least:G}" : "")}{(most < double.MaxValue ? $" to {most:G}" : "")}"));
    }

    /// <summary>Null where the field is empty.</summary>
    public int? Whole(string column, int least = int.MinValue, int most = int.MaxValue)
    {
        var number = Number(column, least, most);
        return number is null ? null : number == Math.Floor(number.Value) ? (int)number.Value : throw Problem(column, "a whole number");
    }

    /// <summary>Null where the field is empty.</summary>
    public DateOnly? Date(string column) => Text(column) is not { Length: > 0 } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
        : throw Problem(column, "a date such as 2025-12-31");

    public T? Word<T>(string column)
        where T : struct, Enum =>
        Text(column) is { Length: > 0 } text
            ? Enum.TryParse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsDigit(text[0])
                ? value
                : throw Problem(column, "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant())
            : null;

    public TableException Problem(string column, string expected) => new(line, column, expected, Text(column));
}

/// <summary>Comma-separated values (RFC 4180) with a header line, in UTF-8.</summary>
public static class CsvTable
{
    /// <exception cref="TableException">A column of <paramref name="required"/> is missing, a row is malformed or has another number of fields.</exception>
    public static IReadOnlyList<CsvRow> Read(Stream stream, params ReadOnlySpan<string> required)
    {
        using var reader = CsvReader.Create(stream, new CsvReaderOptions
        {
            Separator = ',',
            DetectSeparatorHint = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            PoolStrings = true,
            OnMalformedRecord = bad => throw new TableException(bad.LineNumber, "row", "fields as in the header, quoted as in RFC 4180", bad.RawRecord ?? ""),
        });
        reader.ReadHeader();
        var columns = reader.Headers.Select(h => h.TrimStart('\uFEFF')).ToList();
        foreach (var name in required)
            if (!columns.Contains(name)) throw new TableException(1, "header", $"a column {name}", string.Join(",", columns));
        var rows = new List<CsvRow>();
        while (reader.Read())
        {
            var fields = new Dictionary<string, string>(columns.Count, StringComparer.Ordinal);
            for (var i = 0; i < columns.Count; i++) fields[columns[i]] = reader.GetString(i);
            rows.Add(new(reader.LineNumber, fields));
        }
        return rows;
    }
}
