using System.Security.Cryptography;
using System.Text;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance;

/// <summary>What every engine does with a checkpoint folder.</summary>
internal static class CheckpointCheck
{
    private const string Folder = "kept/here";

    /// <summary>One attempt writes, its folder is listed and packed, and the next one finds it, though a stranger's links were in it.</summary>
    public static async Task RunAsync(EngineHarness harness)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var engine = harness.Open();
        var spec = harness.Script("""
            cd "$YUNHE_CHECKPOINT_DIR" || exit 1
            find . -type f | sort
            [ -e step-1 ] && { cat step-1/model.bin; exit; }
            mkdir 'step-1' && printf 'one' >step-1/model.bin && chmod 755 step-1/model.bin && touch -d '2001-02-03 04:05:06.789' step-1/model.bin
            printf '' >'odd name'
            ln -s /etc/passwd leak; ln -s /etc out; ln -s ../.. up
            cd ../..; ln -s kept linked
            """) with { Checkpoint = new(Folder, TimeSpan.FromMinutes(1)) };
        var first = await EngineHarness.StartAsync(engine, harness.Launch(spec));
        var report = await harness.EndAsync(engine, first);
        Assert.True(report.ExitCode == 0, await EngineHarness.TextAsync(engine, first, LogStream.Stderr));

        // What is listed is files alone; behind a link there is nothing.
        var listing = await engine.ListAsync(first, Folder, cancel);
        Assert.Null(listing.Problem);
        Assert.Equal([("odd name", 0L), ("step-1/model.bin", 3L)], listing.Files.Select(f => (f.Path, f.Bytes)));
        Assert.Contains("link", (await engine.ListAsync(first, "linked/here", cancel)).Problem, StringComparison.Ordinal);
        Assert.Empty((await engine.ListAsync(first, "kept/missing", cancel)).Files);
        Assert.Empty((await engine.ListAsync(EngineHarness.NewAttempt(), Folder, cancel)).Files);

        // What has changed since is not packed.
        await Assert.ThrowsAsync<IOException>(() => engine.PackAsync(first, Folder, [listing.Files[1] with { Bytes = 4 }], new MemoryStream(), cancel));

        // The next attempt of the task finds all of it, and packs it to the same bytes.
        var packed = await PackAsync(engine, first, cancel);
        var copy = new Checkpoint(first, Convert.ToHexStringLower(SHA256.HashData(packed)), packed.Length, default, default);
        await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(harness.CheckpointFolder, $"{first.Task}")).FullName, copy.Sha256), packed, cancel);
        var second = await EngineHarness.StartAsync(engine, harness.Launch(spec, first with { Number = 2 }) with { Checkpoint = copy });
        await harness.EndAsync(engine, second);
        Assert.Equal("./odd name\n./step-1/model.bin\none", await EngineHarness.TextAsync(engine, second, LogStream.Stdout));
        Assert.Equal(packed, await PackAsync(engine, second, cancel));

        // A copy that is not there is told, and nothing is begun without it.
        var missing = harness.Launch(spec, first with { Number = 3 }) with { Checkpoint = copy with { Sha256 = new('0', 64) } };
        var refused = Assert.Single(await engine.StartAsync([missing], false, cancel));
        Assert.Equal((StartOutcome.Refused, FailureReason.Staging), (refused.Outcome, refused.Reason));
    }

    private static async Task<byte[]> PackAsync(IEngine engine, AttemptId attempt, CancellationToken cancel)
    {
        using var tar = new MemoryStream();
        await engine.PackAsync(attempt, Folder, (await engine.ListAsync(attempt, Folder, cancel)).Files, tar, cancel);
        Assert.DoesNotContain("root:", Encoding.UTF8.GetString(tar.ToArray()), StringComparison.Ordinal);
        return tar.ToArray();
    }
}
