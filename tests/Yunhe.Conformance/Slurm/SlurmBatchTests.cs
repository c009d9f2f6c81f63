using Yunhe.Core.Workloads;
using Yunhe.Engines;
using static Yunhe.Conformance.Slurm.SlurmBench;

namespace Yunhe.Conformance.Slurm;

/// <summary>Native sbatch scripts.</summary>
public sealed class SlurmBatchTests(SlurmLab lab)
{
    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Ssh)]
    [InlineData(Way.Rest)]
    public async Task Its_output_is_in_the_files_that_its_author_expects_and_comes_back(Way way)
    {
        await using var bench = await OfAsync(lab, way);
        const string script = "#!/bin/sh\necho out; echo err >&2\n";
        await bench.StartedAsync(
            Batch("w1.1", script + "cp slurm-1.out copy; ln -s \"$PWD/../variables\" variables"),
            Batch("w2.1", script, spec => spec with { Batch = new() { Output = "logs/%x_%5j.txt", Error = "../%j%%.err" } }),
            Batch("w3_7.1", script, spec => spec with { Array = new([7], null) }));
        foreach (var attempt in new[] { "w1.1", "w2.1", "w3_7.1" }) await bench.EndedAsync(attempt);

        Assert.Equal(
            new Dictionary<string, string> { ["slurm-1.out"] = "out\nerr\n", ["copy"] = "out\nerr\n" },
            await EngineHarness.CollectAsync(bench.Engine, AttemptId.Parse("w1.1"), "copy", "variables"));
        Assert.Equal(
            new Dictionary<string, string> { ["logs/test_00002.txt"] = "out\n", ["2%.err"] = "err\n" },
            await EngineHarness.CollectAsync(bench.Engine, AttemptId.Parse("w2.1")));
        Assert.Equal(
            new Dictionary<string, string> { ["slurm-3_7.out"] = "out\nerr\n" },
            await EngineHarness.CollectAsync(bench.Engine, AttemptId.Parse("w3_7.1")));
    }

    [Theory]
    [InlineData(Way.CommandLine, "--mem-per-cpu=200", 0, "400M")]
    [InlineData(Way.CommandLine, "--mem-per-gpu 300", 2, "600M")]
    [InlineData(Way.CommandLine, "--mem=100", 0, "400M")]
    [InlineData(Way.Rest, "--mem-per-cpu=200", 0, "400M")]
    [InlineData(Way.Rest, "--mem-per-gpu 300", 2, "600M")]
    public async Task Its_memory_may_be_given_in_each_of_Slurms_forms(Way way, string option, int gpus, string granted)
    {
        await using var bench = await OfAsync(lab, way);
        await bench.StartedAsync(Batch(
            "w1.1", $"#!/bin/bash\n#SBATCH {option}\nscontrol show job $SLURM_JOB_ID | grep -o ' *TRES=.*mem=[^,]*' | grep -o '[^=]*$'\n",
            spec => spec with
            {
                Requirements = [new(new(2, gpus == 0 ? 400 : 600, gpus), gpus == 0 ? null : way == Way.Rest ? "H100" : "A100")],
                Batch = new() { CpusPerTask = 2, MemoryPerCpuMiB = option.Contains("cpu") ? 200 : null },
            }));

        Assert.Equal(0, (await bench.EndedAsync("w1.1")).ExitCode);
        Assert.Equal($"{granted}\n", await bench.OutputAsync("w1.1"));
    }
}
