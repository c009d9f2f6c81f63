using System.Formats.Tar;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Yunhe.Contracts.Packing;

namespace Yunhe.Contracts.Tests.Packing;

[UnsupportedOSPlatform("windows")]
public sealed class WorkdirPackerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-pack").FullName;
    private readonly List<string> tars = [];

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        tars.ForEach(File.Delete);
    }

    [Fact]
    public void The_same_files_give_the_same_tar_and_its_SHA_256()
    {
        Write("b/c.txt", "two");
        Write("a.txt", "one");
        Directory.CreateDirectory(Path.Join(folder, "empty"));
        var first = Packed();
        Directory.SetLastWriteTimeUtc(Path.Join(folder, "b"), DateTime.UnixEpoch);
        var second = Packed();
        Assert.Equal(first.Sha256, second.Sha256);
        Assert.Equal(first.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(first.Path))));
        Assert.Equal((new FileInfo(first.Path).Length, 4), (first.Bytes, first.Entries));
        Assert.Equal(["a.txt", "b/", "b/c.txt", "empty/"], Names(first));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first.Path));
        Write("a.txt", "changed");
        Assert.NotEqual(first.Sha256, Packed().Sha256);
    }

    [Fact]
    public void Contents_and_exec_bits_are_kept_and_owners_are_not()
    {
        Write("run.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Join(folder, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser);
        var entry = Assert.Single(Entries(Packed()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, entry.Mode);
        Assert.Equal((0, 0, "#!/bin/sh\n"), (entry.Uid, entry.Gid, new StreamReader(entry.DataStream!).ReadToEnd()));
    }

    [Fact]
    public void Git_folders_are_left_out_and_gitignore_files_are_honoured()
    {
        foreach (var file in new[] { ".git/config", "a.log", "keep.log", "build/x", "sub/build", "sub/deep/y.tmp", "sub/z.tmp", "top", "sub/top", "d[1].txt" }) Write(file, "");
        Write(".gitignore", "# logs\n*.log\n!keep.log\nbuild/\n/top\nd\\[1].txt\n");
        Write("sub/.gitignore", "deep/*.tmp\n");
        Assert.Equal([".gitignore", "keep.log", "sub/", "sub/.gitignore", "sub/build", "sub/deep/", "sub/top", "sub/z.tmp"], Names(Packed()));
    }

    [Fact]
    public void A_skyignore_file_takes_the_place_of_gitignore_files()
    {
        foreach (var file in new[] { "a.log", "data/1.bin", "data/sub/2.bin", "data/x.txt", "c1", "c9" }) Write(file, "");
        Write(".gitignore", "*.log\n");
        Write(".skyignore", "data/**/*.bin\nc[1-3]\n");
        Assert.Equal([".gitignore", ".skyignore", "a.log", "c9", "data/", "data/sub/", "data/x.txt"], Names(Packed()));
    }

    [Theory]
    [InlineData("sub/in", "../a.txt")]
    [InlineData("in", "sub/none/yet")]
    [InlineData("sub/in", "..")]
    public void A_link_that_stays_inside_is_kept_as_a_link(string link, string target)
    {
        Write("a.txt", "x");
        Link(link, target);
        Assert.Equal(target, Entries(Packed()).Single(e => e.EntryType == TarEntryType.SymbolicLink).LinkName);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("sub/../../x")]
    [InlineData("up/../x")]
    [InlineData("loop")]
    public void A_link_that_leads_out_or_in_circles_is_refused_by_name(string target)
    {
        Link("p/q/up", "../..");
        Link("loop", "loop2");
        Link("loop2", "loop");
        Link("p/q/out", target == "up/../x" ? target : target[0] == '/' ? target : "../../" + target);
        File.Delete(Path.Join(folder, target == "loop" ? "none" : "loop"));
        File.Delete(Path.Join(folder, target == "loop" ? "none" : "loop2"));
        Assert.Contains("leads out of the folder", Assert.Throws<PackingException>(Packed).Message);
    }

    [Fact]
    public void Sockets_and_FIFOs_are_refused_without_waiting()
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Join(folder, "s")));
            Assert.Contains("socket", Assert.Throws<PackingException>(Packed).Message);
        }
        File.Delete(Path.Join(folder, "s"));
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Path.Join(folder, "f")]);
        mkfifo.WaitForExit();
        Assert.Contains("FIFO", Assert.Throws<PackingException>(Packed).Message);
    }

    [Fact]
    public void Limits_and_missing_folders_are_named_and_leave_no_file_behind()
    {
        Write("a", "12345");
        Write("b", "12345");
        Assert.Contains("more than 1 files", Assert.Throws<PackingException>(() => WorkdirPacker.PackFolder(folder, new() { MaxEntries = 1 })).Message);
        Assert.Contains("more than 9 bytes", Assert.Throws<PackingException>(() => WorkdirPacker.PackFolder(folder, new() { MaxBytes = 9 })).Message);
        Assert.Contains("isn't a folder", Assert.Throws<PackingException>(() => WorkdirPacker.PackFolder(Path.Join(folder, "none"))).Message);
        Assert.Contains("doesn't exist", Assert.Throws<PackingException>(() => WorkdirPacker.PackMount(Path.Join(folder, "none"), "x")).Message);
    }

    [Theory]
    [InlineData("conf/b.json", "conf", "b.json")]
    [InlineData("conf/", "conf", "a.json")]
    [InlineData(".", ".", "a.json")]
    [InlineData("b.json", ".", "b.json")]
    public void A_single_file_takes_its_name_from_the_target(string target, string unpackedAt, string name)
    {
        Write("a.json", "{}");
        var (at, tar) = WorkdirPacker.PackMount(Path.Join(folder, "a.json"), target);
        tars.Add(tar.Path);
        Assert.Equal((unpackedAt, name), (at, Assert.Single(Entries(tar)).Name));
        Assert.Null(Contracts.Names.CheckPath(at));
    }

    private PackedTar Packed()
    {
        var tar = WorkdirPacker.PackFolder(folder);
        tars.Add(tar.Path);
        return tar;
    }

    private void Write(string name, string text)
    {
        var path = Path.Join(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void Link(string name, string target)
    {
        var path = Path.Join(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, target);
    }

    private static IEnumerable<string> Names(PackedTar tar) => Entries(tar).Select(e => e.Name);

    private static List<TarEntry> Entries(PackedTar tar)
    {
        using var reader = new TarReader(File.OpenRead(tar.Path));
        var all = new List<TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry) all.Add(entry);
        return all;
    }
}
