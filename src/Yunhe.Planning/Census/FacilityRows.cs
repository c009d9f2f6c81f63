using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Census;

/// <summary>
/// Facilities as flat rows, the same in CSV, JSON and YAML: a column for each thing, and one for each data type that holds a rate with its
/// unit ("8.86 EFLOPS"), or a bare number where the column <c>unit</c> says of what.
/// </summary>
public static class FacilityRows
{
    private const string Measured = "_measured";

    private static readonly DataType[] Types = Enum.GetValues<DataType>();

    /// <summary>Columns of an export, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "name", "kind", "status", "date", "operator", "region", "province", "city", "data_centres",
        .. Types.Select(RateText.Word), .. Types.Select(t => RateText.Word(t) + Measured), "it_kw", "pue", "basis", "source",
    ];

    private static readonly HashSet<string> Known = [.. Columns, "unit", "capacity", "type"];

    /// <param name="rows">Of one file.</param>
    /// <param name="asOf">The day of the census; null: unknown.</param>
    /// <param name="sources">What is said of a source that rows name by a key.</param>
    /// <param name="problems">All that is wrong with all rows, in order, is added; the facilities count only if there is nothing.</param>
    public static IReadOnlyList<Facility> Read(IReadOnlyList<CsvRow> rows, DateOnly? asOf, IReadOnlyDictionary<string, string> sources, List<RowProblem> problems)
    {
        if (rows.Count > FacilityCheck.MostFacilities)
        {
            problems.Add(new(0, "facilities", $"there are {rows.Count}; at most {FacilityCheck.MostFacilities} are taken: put several data centres of a place together"));
            return [];
        }
        var first = new Dictionary<string, long>(StringComparer.Ordinal);
        var facilities = new List<Facility>(rows.Count);
        foreach (var row in rows)
        {
            var before = problems.Count;
            if (row.Columns.FirstOrDefault(c => !Known.Contains(c)) is { } stranger)
                problems.Add(new(row.Line, stranger.Length > 60 ? stranger[..60] : stranger, $"there is no such column; use {string.Join(", ", Columns.Where(c => !c.EndsWith(Measured, StringComparison.Ordinal)))}, or fp32_measured and the like"));
            var facility = new Reading(row, problems).Facility(sources);
            foreach (var (field, message) in FacilityCheck.Check(facility, asOf))
                if (!problems.Skip(before).Any(p => p.Field == field || (p.Field == "type" && field == "capacity"))) problems.Add(new(row.Line, field, message));
            if (facility.Name.Length > 0 && !first.TryAdd(facility.Name, row.Line))
                problems.Add(new(row.Line, "name", $"there is a {facility.Name} on line {first[facility.Name]} already"));
            facilities.Add(facility);
        }
        return facilities;
    }

    /// <summary>Fields of an export, in the order of <see cref="Columns"/>; empty where there is nothing.</summary>
    public static IReadOnlyList<string> Write(Facility f)
    {
        var invariant = CultureInfo.InvariantCulture;
        return
        [
            f.Name, Wire(f.Kind), Wire(f.Status), f.Date?.ToString("yyyy-MM-dd", invariant) ?? "", f.Operator, f.Place.Region, f.Place.Province, f.Place.City,
            f.DataCentres.ToString(invariant),
            .. Types.Select(t => Exact(f.Capacity.FirstOrDefault(c => c.Type == RateText.Word(t))?.NominalPetaflops, t)),
            .. Types.Select(t => Exact(f.Capacity.FirstOrDefault(c => c.Type == RateText.Word(t))?.MeasuredPetaflops, t)),
            f.ItKilowatts?.ToString("R", invariant) ?? "", f.Pue?.ToString("R", invariant) ?? "", Wire(f.Basis), f.Source,
        ];
    }

    private static string Exact(decimal? petaflops, DataType type) =>
        petaflops is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value / 1.000000000000000000000000000000m} P{RateText.Suffix(type)}") : "";

    private static string Wire<T>(T word)
        where T : struct, Enum => string.Concat(word.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    /// <summary>One row; what can't be read is told and left out.</summary>
    private sealed class Reading(CsvRow row, List<RowProblem> problems)
    {
        public Facility Facility(IReadOnlyDictionary<string, string> sources) => new()
        {
            Name = row.Text("name"),
            Kind = Try("kind", () => row.Word<SiteKind>("kind"), needed: true) ?? default,
            Status = Try("status", () => row.Word<FacilityStatus>("status")) ?? FacilityStatus.Built,
            Date = Try("date", () => row.Date("date")),
            Operator = row.Text("operator"),
            Place = Place(),
            DataCentres = Try("data_centres", () => row.Whole("data_centres")) ?? 1,
            Capacity = [.. Types.Select(Capacity).OfType<RatedCapacity>()],
            ItKilowatts = Try("it_kw", () => row.Number("it_kw")),
            Pue = Try("pue", () => row.Number("pue")),
            Basis = Try("basis", () => row.Word<FigureBasis>("basis")) ?? FigureBasis.Declared,
            Source = sources.GetValueOrDefault(row.Text("source"), row.Text("source")),
        };

        /// <summary>Provinces under their short Chinese name, cities under their full one; the region is filled in.</summary>
        private Place Place()
        {
            var (region, province, city) = (row.Text("region"), row.Text("province"), row.Text("city"));
            var known = Places.FindProvince(province) ?? (province.Length == 0 ? Places.FindCity(city)?.Province : null);
            if (known is not null) return new(region.Length == 0 ? known.Region.ToString() : Regions.Find(region) ?? region, known.Name, Places.CityOf(known, city));
            return new(Regions.Find(region) ?? region, province, city);
        }

        private RatedCapacity? Capacity(DataType type)
        {
            var word = RateText.Word(type);
            var nominal = Rate(word, type);
            if (row.Text("type").Equals(word, StringComparison.OrdinalIgnoreCase) && row.Text("capacity").Length > 0)
            {
                if (nominal is not null) problems.Add(new(row.Line, "capacity", $"{word} stands in a column of its own too: use one of them"));
                nominal = Rate("capacity", type);
            }
            else if (type == Types[0]) CheckType();
            var measured = Rate(word + Measured, type);
            if (measured is not null && nominal is null) problems.Add(new(row.Line, word + Measured, $"is measured without a nominal figure: give {word} too"));
            return nominal is { } rate ? new(word, rate.Petaflops) { MeasuredPetaflops = measured?.Petaflops } : null;
        }

        private void CheckType()
        {
            if (row.Text("capacity").Length > 0 && RateText.TypeOf(row.Text("type")) is null)
                problems.Add(new(row.Line, "type", row.Text("type").Length == 0
                    ? $"is missing: {row.Text("capacity")} of which data type? FLOPS mean nothing without it"
                    : $"{row.Text("type")} is no data type: use {string.Join(", ", Types.Select(RateText.Word))}"));
        }

        private Rate? Rate(string column, DataType type)
        {
            if (row.Text(column) is not { Length: > 0 } text) return null;
            var (rate, problem) = RateText.Parse(text, row.Text("unit"), type);
            if (problem is not null) problems.Add(new(row.Line, column, problem));
            // Counted as given, so that the check of the whole does not also say that there is none.
            return rate ?? new(1, 0);
        }

        private T? Try<T>(string field, Func<T?> read, bool needed = false)
            where T : struct
        {
            try
            {
                var value = read();
                if (value is null && needed) problems.Add(new(row.Line, field, "is missing: general, intelligent, supercomputing or edge?"));
                return value;
            }
            catch (TableException e)
            {
                problems.Add(new(row.Line, field, e.Problem));
                return null;
            }
        }
    }
}
