using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Census;

/// <summary>The sections of a census file as rows of text, each with its line; <see cref="Read"/> gives them their meaning.</summary>
public sealed record CensusSections
{
    public required CsvRow Head { get; init; }

    public IReadOnlyList<CsvRow> Facilities { get; init; } = [];

    public IReadOnlyList<CsvRow> Totals { get; init; } = [];

    public IReadOnlyList<CsvRow> History { get; init; } = [];

    public IReadOnlyList<CsvRow> Growth { get; init; } = [];

    public IReadOnlyList<CsvRow> Targets { get; init; } = [];

    public IReadOnlyList<CsvRow> Assumptions { get; init; } = [];

    /// <summary>By the key that rows name it with.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();

    /// <summary>The same in Chinese, by the same keys.</summary>
    public IReadOnlyDictionary<string, string> SourcesChinese { get; init; } = new Dictionary<string, string>();

    /// <summary>Chinese names of facilities, by their names.</summary>
    public IReadOnlyDictionary<string, string> NamesChinese { get; init; } = new Dictionary<string, string>();

    /// <param name="today">The day of the census where the file names none.</param>
    /// <exception cref="CensusException">All that is wrong.</exception>
    public CensusDocument Read(DateOnly today) => new CensusReading(this, today).Read();
}

/// <summary>One reading of a file: what is wrong is gathered, so that all of it is told at once.</summary>
internal sealed class CensusReading(CensusSections file, DateOnly today)
{
    private static readonly string[] HeadKeys = ["title", "title_zh", "level", "place", "place_zh", "as_of", "type"];
    private static readonly string[] TotalKeys = ["kind", "region", "province", "status", "type", "value", "at_least", "data_centres", "source"];
    private static readonly string[] HistoryKeys = ["date", "kind", "region", "province", "value", "basis", "source"];
    private static readonly string[] GrowthKeys = ["name", "kind", "region", "province", "per_year", "basis", "source"];
    private static readonly string[] TargetKeys = ["name", "name_zh", "kind", "region", "province", "value", "share", "by", "basis", "source"];

    private readonly List<RowProblem> problems = [];

    public CensusDocument Read()
    {
        Known(file.Head, HeadKeys);
        var asOf = Try(file.Head, "as_of", file.Head.Date) ?? today;
        var type = TypeOf(file.Head) ?? DataType.Fp32;
        var facilities = FacilityRows.Read(file.Facilities, asOf, file.Sources, problems);
        if (facilities.Count == 0 && problems.Count == 0) problems.Add(new(0, "facilities", "there are none: a census counts at least one"));
        var title = file.Head.Text("title") is { Length: > 0 } text ? text : "Census";
        var document = new CensusDocument
        {
            Title = Bilingual(file.Head, "title", title),
            Level = Try(file.Head, "level", file.Head.Word<CensusLevel>) ?? CensusLevel.Country,
            Place = Bilingual(file.Head, "place", file.Head.Text("place")),
            AsOf = asOf,
            Type = type,
            Facilities = facilities,
            Totals = [.. file.Totals.Select(r => Total(r, type))],
            History = [.. file.History.Select(r => Point(r, type)).OrderBy(p => p.Date)],
            Growth = [.. file.Growth.Select(Rate)],
            Targets = [.. file.Targets.Select(r => TargetOf(r, type))],
            SourcesChinese = file.SourcesChinese.Where(s => file.Sources.ContainsKey(s.Key)).DistinctBy(s => file.Sources[s.Key]).ToDictionary(s => file.Sources[s.Key], s => s.Value, StringComparer.Ordinal),
            NamesChinese = file.NamesChinese,
            Assumptions = [.. file.Assumptions.Select(r => Bilingual(r, "text", r.Text("text")))],
        };
        if (problems.Count == 0) CheckSums(document);
        return problems.Count == 0 ? document : throw new CensusException([.. problems.OrderBy(p => p.Line)]);
    }

    private static Bilingual Bilingual(CsvRow row, string key, string english) => new(english, row.Text(key + "_zh") is { Length: > 0 } chinese ? chinese : english);

    private PublishedTotal Total(CsvRow row, DataType usual)
    {
        Known(row, TotalKeys);
        var type = TypeOf(row) ?? usual;
        var atLeast = row.Text("at_least").Length > 0;
        var value = row.Text(atLeast ? "at_least" : "value").Length > 0 ? Value(row, type, atLeast ? "at_least" : "value") : null;
        var centres = Try(row, "data_centres", c => row.Whole(c, 0));
        if (atLeast && row.Text("value").Length > 0) problems.Add(new(row.Line, "at_least", "stands beside value: give one of them"));
        if (!atLeast && row.Text("value").Length == 0 && centres is null) problems.Add(new(row.Line, "value", "is missing: give a rate, at_least a rate, or data_centres"));
        return new(PartOf(row), Try(row, "status", row.Word<FacilityStatus>) ?? FacilityStatus.Built, type, value?.Petaflops, value?.Half ?? 0, atLeast, centres, SourceOf(row));
    }

    private HistoryPoint Point(CsvRow row, DataType type)
    {
        Known(row, HistoryKeys);
        var date = Try(row, "date", row.Date);
        if (date is null && row.Text("date").Length == 0) problems.Add(new(row.Line, "date", "is missing"));
        return new(date ?? today, PartOf(row), Value(row, type)?.Petaflops ?? 1, BasisOf(row), SourceOf(row));
    }

    private GrowthRate Rate(CsvRow row)
    {
        Known(row, GrowthKeys);
        var rate = Try(row, "per_year", c => row.Number(c, -0.99, 100));
        if (rate is null && row.Text("per_year").Length == 0) problems.Add(new(row.Line, "per_year", "is missing: 0.3 is 30 % a year"));
        return new(row.Text("name") is { Length: > 0 } name ? name : "stated", PartOf(row), rate ?? 0, BasisOf(row), SourceOf(row));
    }

    private Target TargetOf(CsvRow row, DataType type)
    {
        Known(row, TargetKeys);
        var value = row.Text("value").Length > 0 ? Value(row, type) : null;
        var share = Try(row, "share", c => row.Number(c, 0, 1));
        if (value is null == share is null && row.Text("share").Length == 0 == (row.Text("value").Length == 0))
            problems.Add(new(row.Line, "value", "a target is a value, such as 300 EFLOPS, or a share from 0 to 1, and not both"));
        var by = Try(row, "by", row.Date);
        if (by is null && row.Text("by").Length == 0) problems.Add(new(row.Line, "by", "is missing: the day by which it is to be reached"));
        var part = PartOf(row);
        if (share is not null && part == Part.Whole) problems.Add(new(row.Line, "share", "of which part? name a kind or a region"));
        var name = row.Text("name") is { Length: > 0 } text ? text : "target";
        return new(Bilingual(row, "name", name), part, value?.Petaflops, share, by ?? today, BasisOf(row), SourceOf(row));
    }

    /// <summary>Sums of the facilities against what was published of them.</summary>
    private void CheckSums(CensusDocument document)
    {
        for (var i = 0; i < document.Totals.Count; i++)
        {
            var total = document.Totals[i];
            var (sum, centres) = (document.Petaflops(total.Type, total.Status, total.Part),
                document.Facilities.Where(f => f.Status == total.Status && total.Part.Has(f)).Sum(f => f.DataCentres));
            if (total.Petaflops is { } published && (total.AtLeast ? sum < published : Math.Abs(sum - published) > total.Half))
                problems.Add(new(file.Totals[i].Line, total.AtLeast ? "at_least" : "value", $"{RateText.Show(published, total.Type)} were published, but the facilities add up to {sum / 1000m:0.######} E{RateText.Suffix(total.Type)}: "
                    + $"{Math.Abs(published - sum) / 1000m:0.######} E{RateText.Suffix(total.Type)} {(sum < published ? "are missing" : "are too many")}"));
            if (total.DataCentres is { } many && many != centres)
                problems.Add(new(file.Totals[i].Line, "data_centres", $"{many} were published, but the facilities add up to {centres}"));
        }
    }

    private Rate? Value(CsvRow row, DataType type, string field = "value")
    {
        var (rate, problem) = row.Text(field).Length == 0 ? (null, "is missing: a rate such as 197 EFLOPS") : RateText.Parse(row.Text(field), "", type);
        if (problem is not null) problems.Add(new(row.Line, field, problem));
        return rate;
    }

    private Part PartOf(CsvRow row)
    {
        var kind = row.Text("kind") is "" or "all" ? null : Try(row, "kind", row.Word<SiteKind>);
        var region = row.Text("region");
        if (region.Length > 0 && Regions.Find(region) is null) problems.Add(new(row.Line, "region", $"{region} is none of {string.Join(", ", Regions.Names)}"));
        var province = row.Text("province");
        return new(kind, region.Length > 0 ? Regions.Find(region) ?? region : null, province.Length > 0 ? Places.FindProvince(province)?.Name ?? province : null);
    }

    private DataType? TypeOf(CsvRow row)
    {
        if (row.Text("type").Length == 0) return null;
        if (RateText.TypeOf(row.Text("type")) is { } type) return type;
        problems.Add(new(row.Line, "type", $"{row.Text("type")} is no data type: use {string.Join(", ", Enum.GetValues<DataType>().Select(RateText.Word))}"));
        return null;
    }

    private FigureBasis BasisOf(CsvRow row) => Try(row, "basis", row.Word<FigureBasis>) ?? FigureBasis.Published;

    private string SourceOf(CsvRow row)
    {
        if (row.Text("source").Length == 0) problems.Add(new(row.Line, "source", "is missing: who published it, or what is assumed and why"));
        return file.Sources.GetValueOrDefault(row.Text("source"), row.Text("source"));
    }

    private void Known(CsvRow row, string[] keys)
    {
        foreach (var stranger in row.Columns.Where(c => !keys.Contains(c)))
            problems.Add(new(row.Line, stranger, $"there is no such field here; use {string.Join(", ", keys)}"));
    }

    private T? Try<T>(CsvRow row, string field, Func<string, T?> read)
        where T : struct
    {
        try
        {
            return read(field);
        }
        catch (TableException e)
        {
            problems.Add(new(row.Line, field, e.Problem));
            return null;
        }
    }
}
