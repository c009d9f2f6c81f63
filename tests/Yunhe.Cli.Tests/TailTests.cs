using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class TailTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-cli-").FullName;
    private readonly Terminal terminal = new();

    public TailTests() => terminal.Server.Answer("POST /v1/workloads", new SubmittedView("w17", PhaseWord.Queued));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_follows_a_script_are_its_arguments_even_where_they_look_like_flags()
    {
        Assert.Equal(0, await terminal.RunAsync("submit", "--name", "mine", Script(), "--name", "theirs", "-x", "--", "last"));
        var request = terminal.Server.Submitted();
        Assert.Equal("mine", request.Name);
        Assert.Equal(["--name", "theirs", "-x", "--", "last"], request.Program.Arguments);
    }

    [Fact]
    public async Task A_command_behind_two_dashes_is_taken_word_for_word()
    {
        Assert.Equal(0, await terminal.RunAsync("submit", "--cpus", "2", "--", "echo", "--cpus", "$HOME; rm", "--help"));
        var request = terminal.Server.Submitted();
        Assert.Equal(ProgramWord.Command, request.Program.Kind);
        Assert.Equal(["echo", "--cpus", "$HOME; rm", "--help"], request.Program.Command);
        Assert.Equal(2, request.Resources.Single().Cpus);
    }

    [Fact]
    public async Task Behind_a_yaml_task_flags_still_count()
    {
        Assert.Equal(0, await terminal.RunAsync("submit", Yaml(), "--cpus", "3"));
        Assert.Equal(3, terminal.Server.Submitted().Resources.Single().Cpus);
    }

    [Fact]
    public async Task A_mistyped_flag_is_refused_and_nothing_is_handed_in()
    {
        Assert.Equal(2, await terminal.RunAsync("submit", "--cpu", "2", Script()));
        Assert.Equal(2, await terminal.RunAsync("submit", Yaml(), "--nope"));
        Assert.Empty(terminal.Server.Asked);
    }

    [Fact]
    public async Task Nothing_to_run_is_a_usage_error()
    {
        Assert.Equal(2, await terminal.RunAsync("run"));
        Assert.Contains("nothing to run", terminal.Err);
    }

    private string Script() => Write("job.sbatch", "#!/bin/bash\necho $1\n");

    private string Yaml() => Write("task.yaml", "run: echo hi\n");

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
