using System.Text;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Traces;

public sealed class BadInputTests : IDisposable
{
    private const string PodHeader = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,scheduled_time\n";

    private const string PhillyHeader = "timestamp,duration,num_gpus\n";

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private string Complaint(string path) =>
        Assert.Throws<TraceException>(() => Trace.Open(path, new BadLines(skip: false)).Count()).Message.Replace(scratch.Folder + "/", "", StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"submit\":1,\"cpu_milli\":1}\n{\"submit\":-5,\"cpu_milli\":1}", "t, line 2: submit: expected a whole number of at least 0, found \"-5\"")]
    [InlineData("{\"submit\":1,\"run_time\":-2,\"cpu_milli\":1}", "t, line 1: run_time: expected a whole number of at least -1, found \"-2\"")]
    [InlineData("{\"submit\":1,\"nodes\":0,\"cpu_milli\":1}", "t, line 1: nodes: expected a whole number from 1 to 1000000000, found \"0\"")]
    [InlineData("{\"submit\":1.5,\"cpu_milli\":1}", "t, line 1: submit: expected a whole number of at least 0, found \"1.5\"")]
    [InlineData("{\"submit\":99999999999999999999,\"cpu_milli\":1}", "t, line 1: submit: expected a whole number of at least 0, found \"99999999999999999999\"")]
    [InlineData("{\"cpu_milli\":1}", "t, line 1: submit: expected seconds from the trace's zero, found nothing")]
    [InlineData("{\"submit\":1}", "t, line 1: cpu_milli: expected processors, where no accelerator is asked for, found \"0\"")]
    [InlineData("{\"submit\":1,\"accelerators\":2,\"accelerator_milli\":500}", "t, line 1: accelerator_milli: expected 1000 unless accelerators is 1: only one can be shared, found \"500\"")]
    [InlineData("{\"submit\":1,\"cpus\":4}", "t, line 1: cpus: expected a field of a job, found \"4\"")]
    [InlineData("{\"submit\":1,\"models\":\"A100\",\"cpu_milli\":1}", "t, line 1: models: expected a list of texts, found \"A100\"")]
    [InlineData("{\"submit\":1,\"user\":7,\"cpu_milli\":1}", "t, line 1: user: expected a text, found \"7\"")]
    [InlineData("{\"submit\":1,\"cpu_milli\":1}\n{\"submit\":2,\"cpu_mi", "t, line 2: submit: expected JSON, found \"\"cpu_mi\"")]
    [InlineData("{\"submit\":1,\"user\":\"\\uD800\"}", "t, line 1: user: expected JSON, found \"}\"")]
    [InlineData("{\"submit\":1,\"cpu_milli\":1}{}", "t, line 1: cpu_milli: expected JSON, found \"{}\"")]
    [InlineData("{\"submit\":1,\"cpu_milli\":1}\n[1]", "t, line 2: line: expected a JSON object, found \"[1]\"")]
    [InlineData("{\"submit\":9,\"cpu_milli\":1}\n{\"submit\":2,\"cpu_milli\":1}", "t, line 2: submit: expected jobs in order of submission (sort with: jq -s -c 'sort_by(.submit)[]'), found \"2 after 9\"")]
    [InlineData(PhillyHeader + "1,2,3\n1,2\n", "t, line 3: row: expected 3 fields, found \"1,2\"")]
    [InlineData(PhillyHeader + "1,2,0\n", "t, line 2: num_gpus: expected a number from 1 to 1,000,000, found \"0\"")]
    [InlineData(PhillyHeader + "1,-2,1\n", "t, line 2: duration: expected a number of at least 0, found \"-2\"")]
    [InlineData(PhillyHeader + "1,NaN,1\n", "t, line 2: duration: expected a number of at least 0, found \"NaN\"")]
    [InlineData(PhillyHeader + "1,,1\n", "t, line 2: duration: expected a number of at least 0, found nothing")]
    [InlineData(PhillyHeader + "yesterday,1,1\n", "t, line 2: timestamp: expected a time such as 2017-10-09 07:01:55, or seconds, found \"yesterday\"")]
    [InlineData(PhillyHeader + "1,2,\"3\n1,2,3\n", "t, line 2: row: expected fields quoted as in RFC 4180, each on one line, found \"1,2,\"3\"")]
    [InlineData(PodHeader + "p,0,5,0,0,,1,2,1\n", "t, line 2: cpu_milli: expected processors, where no GPU is asked for, found \"0\"")]
    [InlineData(PodHeader + "p,1,5,1,0,,1,2,1\n", "t, line 2: gpu_milli: expected a number from 1 to 1,000,000, found \"0\"")]
    [InlineData(PodHeader + "p,1,5,0,0,,1,2,9\n", "t, line 2: deletion_time: expected a time after scheduled_time 9, found \"2\"")]
    [InlineData("timestamp,duration,gpus\n1,2,3\n", "t, line 1: header: expected also the columns num_gpus, found \"timestamp,duration,gpus\"")]
    [InlineData("a,b\n1,2\n", "t, line 1: header: expected cpu_milli,memory_mib,num_gpu,gpu_milli (openb) or timestamp,duration,num_gpus (Philly), found \"a,b\"")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn,1,1,1,x\n", "t, line 1: header: expected a list of jobs, found \"openb's list of nodes\"")]
    [InlineData("hello\n", "t, line 1: format: expected Standard Workload Format, openb or Philly CSV, or JSON lines, found \"hello\"")]
    [InlineData("", "t: file: expected a trace, found nothing")]
    [InlineData("\n \r\n", "t: file: expected a trace, found nothing")]
    [InlineData(PhillyHeader, "t: file: expected at least one job, found nothing")]
    public void What_is_wrong_is_said_with_file_line_field_what_was_expected_and_what_is_there(string text, string complaint) =>
        Assert.Equal(complaint, Complaint(scratch.File("t", text)));

    [Fact]
    public void A_file_that_is_not_there_or_can_not_be_read_is_said_so()
    {
        Assert.StartsWith("none.jsonl: file: expected a file that can be read, found ", Complaint(scratch.PathOf("none.jsonl")));
        Assert.StartsWith(scratch.Folder + ": file: expected a file that can be read, found ", Complaint(scratch.Folder));
        Assert.StartsWith("/dev/null: file: expected a ", Complaint("/dev/null"));
    }

    [Fact]
    public void A_gzip_file_cut_anywhere_is_never_taken_for_a_whole_one()
    {
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"submit\":{i},\"cpu_milli\":{1 + (i * 7919L % 1000)}}}\n"));
        var whole = Scratch.Zip(text);
        var last = -1;
        foreach (var length in new[] { 2, 10, 17, 100, whole.Length / 2, whole.Length - 9, whole.Length - 8, whole.Length - 4, whole.Length - 1 })
        {
            var path = scratch.File("cut.jsonl.gz", whole[..length]);
            Assert.EndsWith("gzip: expected a whole file, found \"one whose end is missing\"", Complaint(path));
            if (length <= 100) continue;
            var bad = new BadLines(skip: true);
            var jobs = Trace.Open(path, bad).ToList();
            Assert.True(bad.Count >= 1 && jobs.Count > last && jobs.Select((j, i) => j.Submit == i).All(right => right));
            last = Math.Min(jobs.Count, 4999) - 1;
        }
    }

    [Fact]
    public void Damaged_gzip_data_is_reported()
    {
        var bytes = Scratch.Zip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"submit\":{i},\"cpu_milli\":{1 + (i * 7919L % 1000)}}}\n")));
        for (var i = 3000; i < 3040; i++) bytes[i] ^= 0xff;
        Assert.Contains("gzip: expected data that can be unpacked, found \"damaged data\"", Complaint(scratch.File("t.jsonl.gz", bytes)));
    }

    [Fact]
    public void Bytes_that_are_not_text_are_reported_with_their_place_and_cost_only_their_line()
    {
        byte[] bytes = [.. "timestamp,duration,num_gpus,cluster\n1,1,1,a\n2,1,1,"u8, 0xE9, .. "\n3,1,1,c\n"u8];
        var path = scratch.File("t.csv", bytes);
        Assert.Equal("t.csv, line 3: text: expected UTF-8, found \"byte 0xE9 at column 7\"", Complaint(path));
        var bad = new BadLines(skip: true);
        Assert.Equal(["a", "c"], Trace.Open(path, bad).Select(j => j.Project));
        Assert.Equal(1, bad.Count);
    }

    [Fact]
    public void A_huge_line_is_reported_and_read_over_in_bounded_memory()
    {
        var text = new StringBuilder("{\"submit\":1,\"cpu_milli\":1}\n{\"name\":\"").Append('x', 5_000_000).Append("\"}\n{\"submit\":2,\"cpu_milli\":1}\n").ToString();
        var path = scratch.File("t.jsonl", text);
        Assert.Equal("t.jsonl, line 2: line: expected at most 1,048,576 bytes, found \"a longer one\"", Complaint(path));
        var bad = new BadLines(skip: true);
        Assert.Equal([(1, 1), (2, 3)], Trace.Open(path, bad).Select(j => ((int)j.Submit, (int)j.Number)));
        Assert.Equal(1, bad.Count);
    }

    [Fact]
    public void Bad_lines_that_are_skipped_are_counted_and_the_first_are_kept()
    {
        var bad = new BadLines(skip: true);
        var path = scratch.File("t.csv", PhillyHeader + string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? $"{i},1,1\n" : i % 4 == 1 ? "x,1,1\n" : "1,\"\n")));
        Assert.Equal(50, Trace.Open(path, bad).Count());
        Assert.Equal((50, 20), (bad.Count, bad.First.Count));
        Assert.Equal([3, 5, 7], bad.First.Take(3).Select(e => int.Parse(e.Message.Split("line ")[1].Split(':')[0])));
    }

    [Fact]
    public void Who_wants_no_more_than_the_jobs_before_a_bad_line_never_meets_it()
    {
        var path = scratch.File("late.swf", string.Concat(Enumerable.Range(1, 50).Select(i => $"{i} {i} -1 10 1 -1 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n")) + "bad line\n");
        Assert.Equal(50, Trace.Open(path, new(skip: false)).Take(50).Count());
        Assert.Contains("line 51", Assert.Throws<TraceException>(() => Trace.Open(path, new(skip: false)).Count()).Message);
    }

    [Fact]
    public void A_trace_of_bad_lines_only_is_no_trace() =>
        Assert.EndsWith("t.csv: file: expected at least one job, found \"2 bad lines only\"",
            Assert.Throws<TraceException>(() => Trace.Open(scratch.File("t.csv", PhillyHeader + "x,1,1\n1,1,0\n"), new BadLines(skip: true)).Count()).Message);
}
