using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Traces;

public sealed class ReaderTests : IDisposable
{
    private const string PodHeader = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private List<TraceJob> Read(string name, string text) => [.. Trace.Open(scratch.File(name, text), new BadLines(skip: false))];

    [Fact]
    public void An_openb_pod_becomes_a_job_with_its_share_of_a_gpu_and_its_models()
    {
        var jobs = Read("pods.csv", PodHeader
            + "openb-pod-0000,12000,16384,1,470,V100M16|V100M32,LS,Running,5,105,25\n"
            + "openb-pod-0001,8000,30517,0,0,,BE,Pending,9,,\n"
            + "openb-pod-0002,96000,786432,8,1000,,LS,Running,9,20,9\n");
        Assert.Equivalent(
            new TraceJob(0, 5) { RunTime = 80, CpuMilli = 12000, MemoryMiB = 16384, Accelerators = 1, AcceleratorMilli = 470, Models = ["V100M16", "V100M32"] },
            jobs[0], strict: true);
        Assert.Equivalent(new TraceJob(1, 9) { CpuMilli = 8000, MemoryMiB = 30517 }, jobs[1], strict: true);
        Assert.Equal((8, 1000, 11L), (jobs[2].Accelerators, jobs[2].AcceleratorMilli, jobs[2].RunTime));
    }

    [Fact]
    public void Openb_pods_without_times_all_come_at_zero_and_stay() =>
        Assert.Equal([(0, -1), (0, -1)], Read("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1000,1,1,1000\nb,1000,1,2,1000\n").Select(j => (j.Submit, j.RunTime)));

    [Fact]
    public void Openb_nodes_become_pools_of_like_nodes()
    {
        var path = scratch.File("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\nn1,96000,393216,4,T4\nn2,64000,262144,2,P100\nn3,8000,65536,2,P100\nn4,8000,4096,0,\n");
        var nodes = Openb.Nodes(path, new BadLines(skip: false));
        Assert.Equal(["n0", "n1", "n2", "n3", "n4"], nodes.Select(n => n.Name));
        Assert.Equal(
            [("p100x2-64c-256g", 2, "P100"), ("t4x4", 1, "T4"), ("p100x2-8c-64g", 1, "P100"), ("cpu", 1, null)],
            Openb.Pools(nodes).Select(p => (p.Name, p.Nodes, p.Accelerator)));
    }

    [Fact]
    public void A_philly_job_keeps_its_hour_of_the_day_and_large_ones_are_gangs_of_equal_nodes()
    {
        var jobs = Read("philly.csv", "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-10 01:00:00,66.0,1,66.0,11cb48\n2017-10-09 07:00:00,5,12,60,6214e9\n2017-10-09 07:00:01,5,32,160,\n");
        Assert.Equal([(7 * 3600, 2, 6), (7 * 3600 + 1, 4, 8), (25 * 3600, 1, 1)], jobs.Select(j => ((int)j.Submit, j.Nodes, j.Accelerators)));
        Assert.Equal(["6214e9", null, "11cb48"], jobs.Select(j => j.Project));
        Assert.Equal(66, jobs[2].RunTime);
    }

    [Fact]
    public void Json_lines_come_back_as_they_were_written_plain_and_compressed()
    {
        TraceJob[] jobs =
        [
            new(7, 0) { CpuMilli = 1000 },
            new(8, 3)
            {
                RunTime = 60, RequestedTime = 120, Nodes = 2, CpuMilli = 1500, MemoryMiB = 9, Accelerators = 1, AcceleratorMilli = 250, Models = ["A100", "昇腾910"],
                InputBytes = 1L << 40, User = "\"u\"\n", Project = "项目", Name = "n", Status = 1, After = 7, ThinkTime = 0,
            },
        ];
        foreach (var name in new[] { "t.jsonl", "t.jsonl.gz" })
        {
            using (var writer = new JsonLinesWriter(scratch.PathOf(name)))
                foreach (var job in jobs) writer.Write(job);
            Assert.Equivalent(jobs, Trace.Open(scratch.PathOf(name), new BadLines(skip: false)).ToArray(), strict: true);
        }
    }

    [Fact]
    public void A_byte_order_mark_Windows_line_ends_blank_lines_and_quotes_are_read_as_meant()
    {
        Assert.Equal([1000, 2000], Read("t.jsonl", "\uFEFF{\"submit\":1,\"cpu_milli\":1000}\r\n\r\n{\"submit\":1,\"cpu_milli\":2000}").Select(j => j.CpuMilli));
        Assert.Equal(["a,\"b\"", "c"], Read("p.csv", "\uFEFFtimestamp,duration,num_gpus,cluster\r\n1,2,3,\"a,\"\"b\"\"\"\r\n\r\n\"1\",2,3,c\r\n").Select(j => j.Project));
    }

    [Fact]
    public void A_trace_is_known_by_what_is_in_it_where_its_name_does_not_tell()
    {
        Assert.Equal(9, Assert.Single(Read("trace", "\n{\"submit\":9,\"cpu_milli\":1}\n")).Submit);
        Assert.Equal(3, Assert.Single(Read("trace.txt", "timestamp,duration,num_gpus\n1,2,3\n")).Accelerators);
        scratch.File("packed", Scratch.Zip("{\"submit\":4,\"cpu_milli\":1}\n"));
        Assert.Equal(4, Assert.Single(Trace.Open(scratch.PathOf("packed"), new BadLines(false))).Submit);
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_read_to_its_end()
    {
        var path = scratch.File("t.jsonl.gz", [.. Scratch.Zip("{\"submit\":4,\"cpu_milli\":1}\n"), .. Scratch.Zip("{\"submit\":5,\"cpu_milli\":1}\n{\"submit\":6,\"cpu_milli\":1}\n")]);
        Assert.Equal([4, 5, 6], Trace.Open(path, new BadLines(skip: false)).Select(j => j.Submit));
    }

    [Fact]
    public void Rows_out_of_order_are_sorted_within_the_window_and_refused_beyond_it()
    {
        static (TraceJob, long) Row(long submit, long line) => (new TraceJob(line, submit), line);
        var bad = new BadLines(skip: true);
        var sorted = SubmitOrder.Sort("f", [Row(5, 2), Row(3, 3), Row(5, 4), Row(9, 5), Row(8, 6), Row(1, 7)], "submit", bad, window: 2).ToList();
        Assert.Equal([(3, 3), (5, 2), (5, 4), (8, 6), (9, 5)], sorted.Select(j => ((int)j.Submit, (int)j.Number)));
        Assert.Equal("f, line 7: submit: expected jobs in order of time, none more than 2 rows late (sort the file by submit), found \"1 s after 5 s\"", Assert.Single(bad.First).Message);
    }

    [Fact]
    public void The_public_traces_are_read_whole()
    {
        var bad = new BadLines(skip: false);
        var philly = Trace.Open(Scratch.Data("traces/philly.csv.gz"), bad).ToList();
        Assert.Equal(82_247, philly.Count);
        Assert.Equal(philly.OrderBy(j => j.Submit).ThenBy(j => j.Number), philly);
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(Scratch.Data("openb/openb_node_list_gpu_node.csv"))!, "openb_pod_list_*.csv"))
            Assert.Equal(File.ReadLines(path).Count() - 1, Trace.Open(path, bad).Count());
        var nodes = Openb.Nodes(Scratch.Data("openb/openb_node_list_gpu_node.csv"), bad);
        Assert.Equal((1213, 6212), (nodes.Count, nodes.Sum(n => n.Accelerators)));
        Assert.Equal(nodes.Count, Openb.Pools(nodes).Sum(p => p.Nodes));
    }
}
