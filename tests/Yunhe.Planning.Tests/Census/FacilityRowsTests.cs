using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Planning.Tests.Census;

public sealed class FacilityRowsTests
{
    [Theory]
    [InlineData("8.86 EFLOPS", "", DataType.Fp32, 8860)]
    [InlineData("300PFLOPS", "", DataType.Fp16, 300)]
    [InlineData("1.5 pflop/s", "", DataType.Fp64, 1.5)]
    [InlineData("2000 TOPS", "", DataType.Int8, 2)]
    [InlineData("12", "EFLOPS", DataType.Fp32, 12000)]
    [InlineData("12 EFLOPS", "eflops", DataType.Fp32, 12000)]
    public void A_rate_is_read_with_its_unit(string text, string unit, DataType type, double petaflops) =>
        Assert.Equal((decimal)petaflops, RateText.Parse(text, unit, type).Rate!.Value.Petaflops);

    [Theory]
    [InlineData("8.86", "", DataType.Fp32, "has no unit")]
    [InlineData("8.86 EFLOPS", "PFLOPS", DataType.Fp32, "use one of them")]
    [InlineData("8 EFLOPS", "", DataType.Int8, "not a unit of int8")]
    [InlineData("8 EOPS", "", DataType.Fp32, "not a unit of fp32")]
    [InlineData("8 furlongs", "", DataType.Fp32, "not a unit")]
    [InlineData("-3 EFLOPS", "", DataType.Fp32, "more than 0")]
    [InlineData("0 EFLOPS", "", DataType.Fp32, "more than 0")]
    [InlineData("NaN EFLOPS", "", DataType.Fp32, "not a number")]
    [InlineData("1e30 GFLOPS", "", DataType.Fp32, "absurd")]
    [InlineData("1e15 PFLOPS", "", DataType.Fp32, "absurd")]
    [InlineData("1e-40 GFLOPS", "", DataType.Fp32, "too small")]
    [InlineData("1,5 EFLOPS", "", DataType.Fp32, "not a number")]
    public void A_rate_that_can_not_be_is_refused(string text, string unit, DataType type, string why) =>
        Assert.Contains(why, RateText.Parse(text, unit, type).Problem, StringComparison.Ordinal);

    [Fact]
    public void All_rows_are_told_at_once_with_their_lines()
    {
        var problems = Samples.Problems("""
            name,kind,status,date,province,city,fp32,pue,it_kw,basis
            a,general,built,,浙江,杭州市,8.86 EFLOPS,1.3,1000,declared
            b,cloudy,built,,,,1 EFLOPS,,,
            c,general,built,,,,1 EFLOPS,0.8,,
            a,general,built,,,,1 EFLOPS,,,
            d,general,planned,,,,1 EFLOPS,,,
            e,general,built,2024-01-01,,,1 EFLOPS,,,
            f,general,under_construction,2020-01-01,,,1 EFLOPS,,,
            g,general,built,soon,,,1 EFLOPS,,,
            h,general,built,,江苏,杭州市,1 EFLOPS,,,
            i,general,built,,,,,,,
            j,general,built,,,,5 EFLOPS,,0.1,
            k,general,built,,,,1 EFLOPS,,,assumed
            """);
        Assert.Collection(
            problems,
            p => Assert.StartsWith("line 3, kind: expected one of general", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 4, pue: 0.8 is out of range: 1 to 4", p, StringComparison.Ordinal),
            p => Assert.Equal("line 5, name: there is a a on line 2 already", p),
            p => Assert.StartsWith("line 6, date: is missing", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 7, date: built since 2024-01-01", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 8, date: to be built by 2020-01-01", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 9, date: expected a date such as", p, StringComparison.Ordinal),
            p => Assert.Equal("line 10, city: 杭州市 is in 浙江, not in 江苏", p),
            p => Assert.StartsWith("line 11, capacity: is missing", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 12, capacity[0]: 5 EFLOPS from 0 kW is more than", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 13, source: an assumption says", p, StringComparison.Ordinal));
    }

    [Fact]
    public void A_capacity_needs_its_data_type()
    {
        Assert.Contains("FLOPS mean nothing without it", Assert.Single(Samples.Problems("name,kind,capacity\na,general,3 EFLOPS\n")), StringComparison.Ordinal);
        Assert.Contains("fp33 is no data type", Samples.Problems("name,kind,capacity,type\na,general,3 EFLOPS,fp33\n")[0], StringComparison.Ordinal);
        Assert.Empty(Samples.Problems("name,kind,capacity,type\na,general,3 EFLOPS,fp16\n"));
        Assert.Contains("stands in a column of its own", Samples.Problems("name,kind,capacity,type,fp16\na,general,3 EFLOPS,fp16,3 EFLOPS\n")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_not_known_is_told() =>
        Assert.Contains(Samples.Problems("name,kind,fp32,pues\na,general,3 EFLOPS,1.2\n"), p => p.StartsWith("line 2, pues: there is no such column", StringComparison.Ordinal));

    [Fact]
    public void Places_are_found_by_the_ways_people_write_them()
    {
        var problems = new List<RowProblem>();
        var read = FacilityRows.Read(Samples.Csv("name,kind,province,city,region,fp32\na,general,Zhejiang,,,1 EFLOPS\nb,general,,杭州,,1 EFLOPS\nc,general,内蒙古自治区,,西部,1 EFLOPS\nd,general,Bavaria,Munich,,1 EFLOPS\n"),
            null, new Dictionary<string, string>(), problems);
        Assert.Empty(problems);
        Assert.Equal([new("East", "浙江", ""), new("East", "浙江", "杭州市"), new("West", "内蒙古", ""), new("", "Bavaria", "Munich")], read.Select(f => f.Place));
    }

    [Fact]
    public void What_is_written_is_read_back_the_same()
    {
        var facility = new Facility
        {
            Name = "甲, \"a\"", Kind = SiteKind.Supercomputing, Status = FacilityStatus.Planned, Date = new(2026, 7, 1), Operator = "o", Place = new("West", "宁夏", "中卫市"), DataCentres = 3,
            Capacity = [new("fp64", 181.9m) { MeasuredPetaflops = 120.25m }, new("int8", 0.5m)], ItKilowatts = 1234.5, Pue = 1.15, Basis = FigureBasis.Published, Source = "somewhere",
        };
        var fields = FacilityRows.Columns.Zip(FacilityRows.Write(facility)).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        var problems = new List<RowProblem>();
        var read = Assert.Single(FacilityRows.Read([new(2, fields)], null, new Dictionary<string, string>(), problems));
        Assert.Empty(problems);
        Assert.True(facility.Same(read), read.ToString());
    }

    [Fact]
    public void Too_many_rows_are_refused_at_once() =>
        Assert.Single(Samples.Problems("name,kind,fp32\n" + string.Concat(Enumerable.Range(0, 20_001).Select(i => $"f{i},general,nonsense\n"))));
}
