using System.Text;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Tests.Census;

internal static class Samples
{
    public static Facility Facility(string name, decimal petaflops, FacilityStatus status = FacilityStatus.Built, SiteKind kind = SiteKind.General) => new()
    {
        Name = name, Kind = kind, Status = status, Place = new("", "", ""), Capacity = [new("fp32", petaflops)],
    };

    public static CensusDocument Census(params IReadOnlyList<Facility> facilities) => new()
    {
        Title = new("a census", "普查"), Level = CensusLevel.Country, Place = new("Somewhere", "某地"), AsOf = new(2023, 6, 30), Type = DataType.Fp32, Facilities = facilities,
    };

    public static IReadOnlyList<CsvRow> Csv(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return CsvTable.Read(stream, "name", "kind");
    }

    /// <summary>What is wrong with a table, as it is told.</summary>
    public static IReadOnlyList<string> Problems(string text)
    {
        var problems = new List<RowProblem>();
        FacilityRows.Read(Csv(text), new(2023, 6, 30), new Dictionary<string, string>(), problems);
        return [.. problems.Select(p => p.ToString())];
    }
}
