using Microsoft.Extensions.Logging.Abstractions;
using Yunhe.Core.Control;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Storage;

namespace Yunhe.Server.Tests;

public sealed class ControlLoopTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-loop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_comes_faster_than_it_can_be_stored_is_refused_with_a_problem()
    {
        using var loop = Open();
        var accepted = new List<Task<StepResult>>();
        Task<StepResult> last;
        do accepted.Add(last = loop.StepAsync(new Tick()));
        while (!last.IsFaulted && accepted.Count < 1_000_000);
        var refusal = await Assert.ThrowsAsync<OverloadedException>(() => last);
        Assert.Equal(503, Problems.Of(refusal)!.Status);

        loop.Start();
        accepted.Remove(last);
        await Task.WhenAll(accepted);
    }

    [Fact]
    public async Task A_read_never_sees_what_is_not_stored()
    {
        using var loop = Open();
        var step = loop.StepAsync(new CreateNetwork());
        var before = loop.ReadAsync(state => state.Version);
        loop.Start();
        Assert.Equal(0, await before);
        await step;
        Assert.Equal(1, await loop.ReadAsync(state => state.Version));
    }

    [Fact]
    public async Task A_read_that_fails_fails_for_its_reader_alone()
    {
        using var loop = Open();
        loop.Start();
        await Assert.ThrowsAsync<FormatException>(() => loop.ReadAsync<int>(_ => throw new FormatException("mine")));
        Assert.Equal(0, await loop.ReadAsync(state => state.Version));
    }

    [Fact]
    public async Task After_it_was_stopped_the_directory_is_free_for_the_next()
    {
        var loop = Open();
        loop.Start();
        await loop.StepAsync(new CreateNetwork());
        loop.Dispose();
        using var again = Open();
        again.Start();
        Assert.Equal(1, await again.ReadAsync(state => state.Version));
    }

    private ControlLoop Open() => new(SqliteStore.Open(folder), TimeProvider.System, NullLogger<ControlLoop>.Instance);
}
