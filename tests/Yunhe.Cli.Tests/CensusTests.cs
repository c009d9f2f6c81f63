using System.Text.Json;
using Yunhe.Cli.Work;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class CensusTests : IDisposable
{
    private readonly Terminal terminal = new();
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-census-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>197 EFLOPS of which 25.4 % are intelligent; 8.86 built and 7.48 under construction in 166 data centres.</summary>
    [Fact]
    public async Task The_examples_reproduce_the_published_totals()
    {
        Assert.Equal(0, await terminal.RunAsync("census", "china-2023", "--by", "kind"));
        Assert.Contains(terminal.Out.Split('\n'), l => l.StartsWith("-     total", StringComparison.Ordinal) && l.Contains("197.0 ", StringComparison.Ordinal));
        Assert.Contains(terminal.Out.Split('\n'), l => l.Contains("intelligent", StringComparison.Ordinal) && l.Contains("50.0 ", StringComparison.Ordinal) && l.Contains("25.4 %", StringComparison.Ordinal));
        var zhejiang = new Terminal();
        Assert.Equal(0, await zhejiang.RunAsync("census", "zhejiang-2023", "--by", "city"));
        Assert.Contains("166 data centres", zhejiang.Out, StringComparison.Ordinal);
        Assert.Contains(zhejiang.Out.Split('\n'), l => l.Contains("total", StringComparison.Ordinal) && l.Contains("8.86 ", StringComparison.Ordinal) && l.Contains("7.48 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sum_that_is_not_what_was_published_is_refused_with_the_difference()
    {
        var path = Write("sums.yaml", """
            type: fp32
            totals:
              - {value: 10.0 EFLOPS, data_centres: 3, source: somebody}
            facilities:
              - {name: a, kind: general, fp32: 4 EFLOPS}
              - {name: b, kind: general, fp32: 5.5 EFLOPS}
            """);
        Assert.Equal(2, await terminal.RunAsync("census", path));
        Assert.Contains($"{path}: line 3, value: 10 EFLOPS were published, but the facilities add up to 9.5 EFLOPS: 0.5 EFLOPS are missing", terminal.Err, StringComparison.Ordinal);
        Assert.Contains("line 3, data_centres: 3 were published, but the facilities add up to 2", terminal.Err, StringComparison.Ordinal);
        Assert.Contains("2 mistakes; nothing was taken", terminal.Err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty.yaml", "", "is empty")]
    [InlineData("empty.csv", "", "is empty")]
    [InlineData("none.yaml", "facilities: []\n", "there are none")]
    [InlineData("text.yaml", "just words\n", "expected the sections of a census")]
    [InlineData("broken.yaml", "facilities: [{name: a\n", "broken.yaml:")]
    [InlineData("nested.yaml", "facilities:\n  - {name: a, kind: {x: y}}\n", "expected a single value")]
    [InlineData("deep.yaml", "facilities: 3\n", "facilities: expected a list")]
    [InlineData("field.yaml", "facilties:\n  - {name: a}\n", "facilties")]
    [InlineData("head.yaml", "as_off: 2023-01-01\nfacilities:\n  - {name: a, kind: general, fp32: 1 EFLOPS}\n", "as_off: there is no such field here")]
    [InlineData("target.yaml", "targets:\n  - {share: 0.4, by: 2025-01-01, source: x}\nfacilities:\n  - {name: a, kind: general, fp32: 1 EFLOPS}\n", "of which part?")]
    [InlineData("history.yaml", "history:\n  - {date: 2025-13-01, value: 3 EFLOPS, source: x}\nfacilities:\n  - {name: a, kind: general, fp32: 1 EFLOPS}\n", "line 2, date: expected a date")]
    [InlineData("source.yaml", "totals:\n  - {value: 1 EFLOPS}\nfacilities:\n  - {name: a, kind: general, fp32: 1 EFLOPS}\n", "source: is missing")]
    [InlineData("columns.csv", "nom,kind\na,general\n", "a column name")]
    [InlineData("absurd.csv", "name,kind,fp32\na,general,1e30 EFLOPS\n", "absurd")]
    public async Task A_bad_file_is_told_with_what_where_and_how(string name, string text, string why)
    {
        var path = Write(name, text);
        Assert.Equal(2, await terminal.RunAsync("census", path));
        Assert.Contains(why, terminal.Err, StringComparison.Ordinal);
        Assert.Contains(name, terminal.Err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task An_export_can_be_imported_again_and_is_the_same(string format)
    {
        Assert.Equal(0, await terminal.RunAsync("census", "export", "zhejiang-2023", "--format", format));
        var again = new Terminal();
        Assert.Equal(0, await again.RunAsync("census", "export", Write($"again.{format}", terminal.Out), "--format", format));
        Assert.Equal(terminal.Out, again.Out);
    }

    [Fact]
    public async Task An_import_sends_all_rows_or_none()
    {
        terminal.Server.Answer("PUT /v1/census/facilities", new FacilitiesSetView(45, 45));
        Assert.Equal(0, await terminal.RunAsync("census", "import", "zhejiang-2023"));
        Assert.Equal(45, JsonDocument.Parse(terminal.Server.Asked.Single().Body).RootElement.GetArrayLength());
        var bad = new Terminal();
        Assert.Equal(2, await bad.RunAsync("census", "import", Write("bad.csv", "name,kind,fp32\na,general,1 EFLOPS\nb,general,1\n")));
        Assert.Contains("bad.csv: line 3, fp32: 1 has no unit", bad.Err, StringComparison.Ordinal);
        Assert.Empty(bad.Server.Asked);
    }

    [Fact]
    public async Task Targets_say_when_and_what_would_close_them()
    {
        Assert.Equal(0, await terminal.RunAsync("census", "targets", "china-2023"));
        Assert.Contains("103 EFLOPS are missing", terminal.Out, StringComparison.Ordinal);
        Assert.Contains("2025-02-04", terminal.Out, StringComparison.Ordinal);
        Assert.Contains("Back-test", terminal.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_written_as_a_page_and_as_markdown()
    {
        Assert.Equal(0, await terminal.RunAsync("report", "--of", "china", "--language", "zh", "--to", folder));
        Assert.Contains("算力总规模", await File.ReadAllTextAsync(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
        Assert.StartsWith("# 中国算力", await File.ReadAllTextAsync(Path.Combine(folder, "report.md")), StringComparison.Ordinal);
        Assert.Equal(2, await terminal.RunAsync("report", "china-2023", "--of", "province:Bavaria"));
        Assert.Contains("the census has nothing there", terminal.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_catalogue_says_the_source_of_a_model_and_names_near_ones()
    {
        Assert.Equal(0, await terminal.RunAsync("census", "catalogue", "ascend910b"));
        Assert.Contains("353.9 TFLOPS", terminal.Out, StringComparison.Ordinal);
        Assert.Equal(2, await terminal.RunAsync("census", "catalogue", "ascend999"));
        Assert.Contains("Ascend910", terminal.Err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bf16 312.5 TFLOPS", "bf16", 312_500)]
    [InlineData("  FP8 2 PFLOPS ", "fp8", 2_000_000)]
    [InlineData("int8 600 TOPS", "int8", 600_000)]
    [InlineData("step 3: bf16 312.5 TFLOPS", null, 0)]
    [InlineData("bf16 312.5", null, 0)]
    [InlineData("bf99 312.5 TFLOPS", null, 0)]
    public void A_line_of_an_accelerator_benchmark_is_read(string line, string? type, double gigaflops)
    {
        var rate = AcceleratorBenchmark.Read(line);
        Assert.Equal(type is null ? null : new RateView(type, gigaflops), rate);
    }

    [Fact]
    public void A_single_precision_product_and_the_triad_are_right()
    {
        Assert.True(MatrixProduct<float, FusedSingle>.Measure(128, TimeSpan.Zero, 2, TimeProvider.System) is { Correct: true, Gflops: > 0 });
        Assert.True(MemoryTriad.Measure(10_007, TimeSpan.Zero, 3, TimeProvider.System) > 0);
    }

    [Fact]
    public void A_disk_is_measured_and_left_as_it_was()
    {
        Assert.True(DiskProbe.Measure(folder, 8, TimeProvider.System).Write > 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task The_network_of_a_gang_is_measured_around_the_ring()
    {
        var mark = Guid.NewGuid().ToString("N");
        string[] nodes = ["127.0.0.1", "127.0.0.1", "127.0.0.1"];
        var rates = await Task.WhenAll(Enumerable.Range(0, nodes.Length).Select(rank => NetworkProbe.MeasureAsync(new(rank, nodes, mark), 8, TimeProvider.System, CancellationToken.None)));
        Assert.All(rates, r => Assert.True(r is { GbitPerSecond: > 0, RoundTripMicroseconds: > 0 }));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
