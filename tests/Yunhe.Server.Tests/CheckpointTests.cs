using Yunhe.Contracts;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Tests;

public sealed class CheckpointTests : IAsyncLifetime
{
    private readonly string sites = Directory.CreateTempSubdirectory("yunhe-sites-").FullName;
    private TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(withSite: false);
        await server.AddSiteAsync("alpha", lostAfterSeconds: 1);
        server.Machines.WorkFolder = sites;
        server.Machines.Program = _ => null;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(sites, recursive: true);
    }

    [Fact]
    public async Task What_a_site_had_that_is_gone_for_good_is_found_by_the_next_attempt_elsewhere()
    {
        var id = await BeginAsync();
        Write("w1.1", "step-1/model.bin", "one");
        Write("w1.1", "step-2/model.bin", "two");
        Write("w1.1", "step-3/model.bin.part", "unfinished");
        await CopiedAsync(id);
        server.Machines.Down = true;
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts[0].EndedAt is not null);
        server.Machines.Down = false;
        await server.AddSiteAsync("beta");

        var view = await server.UntilAsync(id, v => v.FirstTasks[0].Attempts is [_, { Phase: PhaseWord.Running }]);
        Assert.Equal("w1.1", view.FirstTasks[0].Attempts[1].ResumedFrom!.Attempt);
        Assert.Equal([("step-1/model.bin", "one"), ("step-2/model.bin", "two")], Files("w1.2"));
    }

    [Fact]
    public async Task The_last_that_a_failed_attempt_wrote_is_copied_at_its_end_and_a_task_that_succeeds_leaves_none()
    {
        var id = await BeginAsync(everySeconds: 3600);
        Write("w1.1", "latest", "step-7");
        End("w1.1", 9);
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts is [_, { Phase: PhaseWord.Running }]);
        Assert.Equal([("latest", "step-7")], Files("w1.2"));
        var why = await server.GetAsync<ExplainView>($"{Routes.Workloads}/{id}/explain");
        Assert.Contains("resumed from the checkpoint that w1.1 had", why.Summary, StringComparison.Ordinal);

        Assert.Equal(await File.ReadAllBytesAsync(Assert.Single(Copies(id))), await server.Http.GetByteArrayAsync($"{Routes.Workloads}/{id}/checkpoint"));
        End("w1.2", 0);
        await server.UntilEndedAsync(id);
        while (Copies(id).Length > 0) await Task.Delay(10);
        await TestServer.ProblemAsync(await server.Http.GetAsync($"{Routes.Workloads}/{id}/checkpoint"), 409);
        await TestServer.ProblemAsync(await server.Http.GetAsync($"{Routes.Workloads}/w9/checkpoint"), 404);
    }

    [Fact]
    public async Task A_copy_takes_the_place_of_the_one_before_and_outlives_the_server()
    {
        var id = await BeginAsync();
        Write("w1.1", "a", "1");
        var first = await CopiedAsync(id);
        Write("w1.1", "a", "other");
        await server.UntilAsync(id, v => v.FirstTasks[0].Checkpoint!.Bytes != 0 && v.FirstTasks[0].Checkpoint!.TakenAt > first.TakenAt);
        Assert.Single(Copies(id));

        // A server that is killed between writing a copy and storing that it did leaves a file that no state names, or a part of one.
        await server.EndAsync();
        var named = Copies(id).Single();
        foreach (var stray in (string[])[Path.Combine(Path.GetDirectoryName(named)!, new string('0', 64)), named + ".part"]) await File.WriteAllTextAsync(stray, "");
        Directory.CreateDirectory(Path.Combine(server.Folder, "checkpoints", "w99"));
        await server.BeginAsync();
        Assert.Equal([named], Copies(id));
        Assert.False(Directory.Exists(Path.Combine(server.Folder, "checkpoints", "w99")));
        End("w1.1", 9);
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts is [_, { Phase: PhaseWord.Running }]);
        Assert.Equal([("a", "other")], Files("w1.2"));
    }

    [Fact]
    public async Task What_is_written_to_while_it_is_copied_is_copied_again()
    {
        var id = await BeginAsync();
        var changes = 0;
        server.Machines.Packing = attempt =>
        {
            if (changes++ == 0) Write(attempt.ToString(), "a", "changed meanwhile");
        };
        Write("w1.1", "a", "at first");
        await CopiedAsync(id);
        End("w1.1", 9);
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts is [_, { Phase: PhaseWord.Running }]);
        Assert.Equal([("a", "changed meanwhile")], Files("w1.2"));
    }

    [Fact]
    public async Task What_cannot_be_copied_is_told_once_and_the_copy_before_stays()
    {
        var id = await BeginAsync();
        Write("w1.1", "a", "good");
        var good = await CopiedAsync(id);
        Write("w1.1", "b", new string('x', 2 << 20));
        var view = await server.UntilAsync(id, v => v.FirstTasks[0].Attempts[0].CheckpointProblem is not null);
        Assert.Equal("the checkpoint folder kept is not copied: it holds more than the 1 MiB that are copied: keep fewer checkpoints in it",
            view.FirstTasks[0].Attempts[0].CheckpointProblem);
        Assert.Equal(good, view.FirstTasks[0].Checkpoint);

        var folder = Path.Combine(sites, "w1.1", "kept");
        Directory.Delete(folder, recursive: true);
        Directory.CreateSymbolicLink(folder, server.Folder);
        view = await server.UntilAsync(id, v => v.FirstTasks[0].Attempts[0].CheckpointProblem!.Contains("link", StringComparison.Ordinal));
        Assert.Equal(good, view.FirstTasks[0].Checkpoint);

        File.Delete(folder);
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Path.Combine(folder, "token"), server.Options.TokenPath);
        Write("w1.1", "a", "good again");
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts[0].CheckpointProblem is null);
        End("w1.1", 9);
        await server.UntilAsync(id, v => v.FirstTasks[0].Attempts is [_, { Phase: PhaseWord.Running }]);
        Assert.Equal([("a", "good again")], Files("w1.2"));
    }

    [Theory]
    [InlineData("../other", "checkpoint.path")]
    [InlineData("/etc", "checkpoint.path")]
    [InlineData("", "checkpoint.path")]
    [InlineData("./", "checkpoint.path")]
    [InlineData("a\nb", "checkpoint.path")]
    public async Task A_folder_outside_of_the_working_directory_is_refused(string path, string field)
    {
        using var response = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Checkpoint = new() { Path = path } });
        Assert.Equal([field], (await TestServer.ProblemAsync(response, 422)).Errors!.Keys);
    }

    private async Task<string> BeginAsync(long everySeconds = 1)
    {
        var id = await server.SubmitAsync(TestServer.Work() with { Checkpoint = new() { Path = "kept", EverySeconds = everySeconds }, Retries = 3 });
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        return id;
    }

    private async Task<CheckpointView> CopiedAsync(string id) =>
        (await server.UntilAsync(id, v => v.FirstTasks[0].Checkpoint is not null)).FirstTasks[0].Checkpoint!;

    private void Write(string attempt, string path, string text)
    {
        var file = Path.Combine(sites, attempt, "kept", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file + "~", text);
        File.Move(file + "~", file, overwrite: true);
    }

    private List<(string Path, string Text)> Files(string attempt)
    {
        var folder = Path.Combine(sites, attempt, "kept");
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(folder, f), File.ReadAllText(f)))];
    }

    private string[] Copies(string id) => Path.Combine(server.Folder, "checkpoints", id) is var folder && Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    private void End(string attempt, int code) => server.Machines.Jobs[AttemptId.Parse(attempt)].End(code, null, DateTimeOffset.UtcNow);
}
