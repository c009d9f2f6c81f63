using Yunhe.Contracts.Dialects;

namespace Yunhe.Contracts.Tests;

public sealed class ProjectTests
{
    private static readonly DialectContext Context = new(DateTimeOffset.UnixEpoch, new Dictionary<string, string>());

    [Theory]
    [InlineData("cpus=64")]
    [InlineData("memory=256")]
    [InlineData("memory=1000MB")]
    [InlineData("cpus=0,memory=16,*=16,A100=8")]
    [InlineData("none")]
    public void A_bound_is_written_as_it_is_read(string text) => Assert.Equal(text, BoundText.Show(BoundText.Parse(text)));

    [Theory]
    [InlineData("cpu=3")]
    [InlineData("Memory=3")]
    [InlineData("gpus=8")]
    public void A_slip_in_a_bound_is_not_taken_for_a_model(string text) => Assert.Throws<FormatException>(() => BoundText.Parse(text));

    [Fact]
    public void Memory_is_in_gib_unless_a_unit_says_otherwise() =>
        Assert.Equal((256L * 1024, 512L), (BoundText.Parse("memory=256")!.MemoryMib, BoundText.Parse("memory=512MB")!.MemoryMib));

    [Fact]
    public void A_task_a_script_and_a_flag_name_the_project()
    {
        var task = YamlTask.Read("run: x\nproject: acme/ai\npreemptible: false\n", "task.yaml", Context).Request;
        Assert.Equal(("acme/ai", false), (task.Project, task.Preemptible));
        var script = DialectReader.Read("job.sbatch", "#!/bin/sh\n#YUNHE project=ai preemptible=yes\ntrue\n"u8.ToArray(), [], Context).Request;
        Assert.Equal(("ai", true), (script.Project, script.Preemptible));
        var flags = Context with { Flags = new() { Project = "other" } };
        Assert.Equal("other", YamlTask.Read("run: x\nproject: ai\n", "task.yaml", flags).Request.Project);
    }

    [Theory]
    [InlineData("run: x\nproject: a/b/c\n", "isn't a project")]
    [InlineData("run: x\nproject: \"a b\"\n", "isn't a project")]
    [InlineData("run: x\npreemptible: perhaps\n", "neither true nor false")]
    public void A_wrong_one_is_told_with_its_place(string text, string expected)
    {
        var error = Assert.Single(Assert.Throws<DialectException>(() => YamlTask.Read(text, "task.yaml", Context)).Errors);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("task.yaml:2:", error.Where, StringComparison.Ordinal);
    }
}
