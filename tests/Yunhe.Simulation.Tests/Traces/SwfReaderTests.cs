using System.IO.Compression;
using System.Text;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Traces;

public sealed class SwfReaderTests : IDisposable
{
    private const string Job = "7 100 5 60 4 55.5 2048 8 3600 1024 1 3 2 9 1 1 6 30";

    private readonly string file = Path.Combine(Path.GetTempPath(), $"yunhe-{Guid.NewGuid():N}.swf");

    public void Dispose() => File.Delete(file);

    private List<TraceJob> Read(string text, BadLines? bad = null)
    {
        File.WriteAllText(file, text);
        return [.. SwfReader.Read(file, bad ?? new(skip: false))];
    }

    [Fact]
    public void All_that_a_line_tells_of_a_job_is_taken()
    {
        var job = Assert.Single(Read(Job));
        Assert.Equal(new TraceJob(7, 100)
        {
            RunTime = 60, RequestedTime = 3600, CpuMilli = 8000, MemoryMiB = 8, User = "3", Project = "2", Name = "9", Status = 1, After = 6, ThinkTime = 30,
        } with { Models = job.Models }, job);
        using var reader = SwfReader.Open(file, new(skip: false));
        Assert.True(reader.Next());
        Assert.Equal([7, 100, 5, 60, 4, 55.5, 2048, 8, 3600, 1024, 1, 3, 2, 9, 1, 1, 6, 30], reader.Fields.ToArray());
    }

    [Fact]
    public void What_is_missing_stays_unknown_and_allocated_processors_stand_in_for_requested_ones()
    {
        var job = Assert.Single(Read("1 0 -1 9 16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1"));
        Assert.Equal((16_000L, -1L, 0L, null, -1L, -1), (job.CpuMilli, job.RequestedTime, job.MemoryMiB, job.User, job.After, job.Status));
    }

    [Fact]
    public void Comments_blank_lines_tabs_reals_and_windows_line_ends_are_understood_and_the_header_is_known_before_the_first_job()
    {
        File.WriteAllText(file, $"; MaxProcs: 128\r\n;MaxNodes:  64\r\n; UnixStartTime: 843480031\r\n\r\n \t{Job.Replace(' ', '\t')}\t\r\n; in the middle\r\n\r\n{Job.Replace(" 60 ", " 60.9 ")}  \r\n");
        using var reader = SwfReader.Open(file, new(skip: false));
        Assert.Equal((128L, 64L, 843480031L), (reader.Header.Processors, reader.Header.Number("maxnodes"), reader.Header.UnixStartTime));
        Assert.True(reader.Next() && reader.Next());
        Assert.Equal(60, reader.Job().RunTime);
        Assert.False(reader.Next());
    }

    [Theory]
    [InlineData("7 100 5", "line 2: field 4 (run time): expected 18 numbers, found \"only 3\"")]
    [InlineData(Job + " 19", "line 2: line: expected 18 numbers, found \"more: 19\"")]
    [InlineData("7 100 5 x60 4 55.5 2048 8 3600 1024 1 3 2 9 1 1 6 30", "line 2: field 4 (run time): expected a number, found \"x60\"")]
    [InlineData("7 NaN 5 60 4 55.5 2048 8 3600 1024 1 3 2 9 1 1 6 30", "line 2: field 2 (submit time): expected a number, found \"NaN\"")]
    [InlineData("7 1e300 5 60 4 55.5 2048 8 3600 1024 1 3 2 9 1 1 6 30", "line 2: field 2 (submit time): expected a number, found \"1e300\"")]
    [InlineData("7 -4 5 60 4 55.5 2048 8 3600 1024 1 3 2 9 1 1 6 30", "line 2: field 2 (submit time): expected seconds from 0 on, found \"-4\"")]
    [InlineData("7 100 5 60 0 55.5 2048 0 3600 1024 1 3 2 9 1 1 6 30", "line 2: field 8 (requested processors): expected at least 1 requested or allocated processor, found \"0 requested, 0 allocated\"")]
    public void A_bad_line_is_told_by_file_line_and_field_or_skipped_and_counted(string line, string problem)
    {
        var text = $"{Job}\n{line}\n{Job}\n";
        Assert.EndsWith(problem, Assert.Throws<TraceException>(() => Read(text)).Message);
        var bad = new BadLines(skip: true);
        Assert.Equal(2, Read(text, bad).Count);
        Assert.Equal((1, $"{file}, {problem}"), (bad.Count, bad.First[0].Message));
    }

    [Fact]
    public void Jobs_a_little_out_of_order_are_sorted_and_one_of_a_wrong_time_costs_no_other_job()
    {
        Assert.Equal([99, 100, 100], Read($"{Job}\n{Job}\n{Job.Replace(" 100 ", " 99 ")}\n").Select(j => j.Submit));
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{Job.Replace(" 100 ", $" {(i == 7 ? 1_000_000 : i == 9_000 ? 0 : i)} ")}\n"));
        var bad = new BadLines(skip: true);
        Assert.Equal([.. Enumerable.Range(0, 10_000).Where(i => i is not (7 or 9_000)), 1_000_000], Read(text, bad).Select(j => (int)j.Submit));
        Assert.Contains("line 9001: field 2 (submit time): expected jobs in order of time, none more than 4,096 rows late", Assert.Single(bad.First).Message);
    }

    [Fact]
    public void A_cut_gzip_file_is_not_taken_for_a_whole_one()
    {
        using (var packed = new GZipStream(File.Create(file), CompressionLevel.Optimal))
            packed.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} {i * 17 % 1000 + 1000 * i} 5 {i * 31 % 997} 4 -1 -1 8 3600 -1 1 3 2 9 1 1 -1 -1\n"))));
        Assert.Equal(5000, SwfReader.Read(file, new(skip: false)).Count());
        using (var cut = File.OpenWrite(file)) cut.SetLength(cut.Length / 2);
        var problem = Assert.Throws<TraceException>(() => SwfReader.Read(file, new(skip: false)).Count());
        Assert.Matches(@"line \d{4}: gzip: expected a whole file, found ""one whose end is missing""", problem.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_is_reported_never_a_crash(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            const string Alphabet = "0123456789 -.eE;:\n\n\r\tx";
            for (var j = 0; j < bytes.Length; j++) bytes[j] = random.Next(50) == 0 ? (byte)random.Next(256) : (byte)Alphabet[random.Next(Alphabet.Length)];
            File.WriteAllBytes(file, bytes);
            Assert.InRange(SwfReader.Read(file, new(skip: true)).Count(), 0, 400);
        }
    }
}
