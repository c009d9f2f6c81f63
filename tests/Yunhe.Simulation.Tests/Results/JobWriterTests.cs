using System.IO.Compression;
using Parquet;
using Yunhe.Core.Units;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Results;

public sealed class JobWriterTests : IDisposable
{
    private static readonly JobOutcome Ran = new(
        new TraceJob(7, 5) { CpuMilli = 1500, MemoryMiB = 64, User = "李雷", Project = "a,\"b\"\nc", RequestedTime = 60 }, JobEnd.TimedOut)
    {
        Start = 10.5, Finish = 70.5, Site = "贵安", Pool = "main", ForecastP50 = 0, ForecastP90 = 9, Cost = Money.FromDecimal(1.25m), Energy = new(3_600_000), Carbon = new(500),
    };

    private static readonly JobOutcome Never = new(new TraceJob(8, 6) { Accelerators = 9 }, JobEnd.Rejected) { Why = "no node has 9" };

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_CSV_file_has_a_line_for_each_job_with_what_is_not_known_left_empty()
    {
        using (var writer = new JobWriter(scratch.PathOf("jobs.csv")))
        {
            writer.Write(Ran);
            writer.Write(Never);
        }
        Assert.Equal(
            "number,end,submit,start,finish,wait,bounded_slowdown,site,pool,attempts,requested_time,nodes,cpu_milli,memory_mib,accelerators,accelerator_milli,user,project,name,forecast_p50,forecast_p90,cost,energy_kwh,carbon_g,why\n"
            + "7,timed_out,5,10.5,70.5,5.5,1.0916666666666666,贵安,main,1,60,1,1500,64,0,1000,李雷,\"a,\"\"b\"\"\nc\",,0,9,1.25,1,0.5,\n"
            + "8,rejected,6,,,,,,,1,,1,0,0,9,1000,,,,,,0,0,0,no node has 9\n",
            File.ReadAllText(scratch.PathOf("jobs.csv")));
    }

    [Fact]
    public void A_compressed_CSV_file_holds_the_same()
    {
        foreach (var name in new[] { "jobs.csv", "jobs.csv.gz" })
            using (var writer = new JobWriter(scratch.PathOf(name)))
                writer.Write(Ran);
        using var packed = new StreamReader(new GZipStream(File.OpenRead(scratch.PathOf("jobs.csv.gz")), CompressionMode.Decompress));
        Assert.Equal(File.ReadAllText(scratch.PathOf("jobs.csv")), packed.ReadToEnd());
    }

    [Fact]
    public async Task A_Parquet_file_comes_back_typed_and_in_row_groups()
    {
        var path = scratch.PathOf("jobs.parquet");
        using (var writer = new JobWriter(path))
            for (var i = 0; i < ParquetJobs.RowsOfGroup + 2; i++) writer.Write(i % 2 == 0 ? Ran : Never);
        await using var reader = await ParquetReader.CreateAsync(path);
        Assert.Equal([ParquetJobs.RowsOfGroup, 2L], reader.RowGroups.Select(g => g.RowCount));
        Assert.Equal(JobColumn.All.Select(c => c.Name), reader.Schema.DataFields.Select(f => f.Name));
        var group = reader.RowGroups[1];
        var (numbers, starts, projects) = (new long?[2], new double?[2], new string[2]);
        await group.ReadAsync<long>(reader.Schema.FindDataField("number"), numbers);
        await group.ReadAsync<double>(reader.Schema.FindDataField("start"), starts);
        await group.ReadAsync(reader.Schema.FindDataField("project"), projects);
        Assert.Equal([7L, 8L], numbers);
        Assert.Equal([10.5, null], starts);
        Assert.Equal(["a,\"b\"\nc", null], projects);
    }

    [Fact]
    public void Another_ending_is_refused_before_anything_is_written()
    {
        Assert.Throws<ArgumentException>(() => new JobWriter(scratch.PathOf("jobs.txt")));
        Assert.False(File.Exists(scratch.PathOf("jobs.txt")));
    }
}
