using System.Formats.Tar;
using Yunhe.Cli.Commands;

namespace Yunhe.Cli.Tests;

public sealed class UnpackingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-out-").FullName;
    private readonly StringWriter warnings = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Files_come_out_where_they_belong()
    {
        var written = await UnpackAsync(File("stdout", "hi"), File("outputs/a/b.csv", "1"));
        Assert.Equal([Path.Combine(Target, "stdout"), Path.Combine(Target, "outputs/a/b.csv")], written);
        Assert.Equal("hi", System.IO.File.ReadAllText(Path.Combine(Target, "stdout")));
        Assert.Equal("", warnings.ToString());
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("a/../../evil")]
    public async Task What_leads_out_is_left_out_with_a_warning(string name)
    {
        Assert.Empty(await UnpackAsync(File(name, "x")));
        Assert.Contains("leads out", warnings.ToString());
        Assert.False(System.IO.File.Exists(Path.Combine(folder, "evil")));
    }

    [Fact]
    public async Task Nothing_is_written_through_links()
    {
        Directory.CreateDirectory(Target);
        var outside = Directory.CreateDirectory(Path.Combine(folder, "outside")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(Target, "link"), outside);
        await UnpackAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "other") { LinkName = outside }, File("link/evil", "x"), File("other/evil", "x"));
        Assert.Empty(Directory.GetFiles(outside));
        Assert.True(System.IO.File.Exists(Path.Combine(Target, "other", "evil")));
    }

    private string Target => Path.Combine(folder, "target");

    private async Task<IReadOnlyList<string>> UnpackAsync(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
            foreach (var entry in entries) await writer.WriteEntryAsync(entry);
        tar.Position = 0;
        return await Unpacking.UnpackAsync(tar, Target, warnings, CancellationToken.None);
    }

    private static PaxTarEntry File(string name, string text) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) };
}
