using System.Formats.Tar;
using Yunhe.Engines.Launching;

namespace Yunhe.Conformance.Local;

public sealed class WorkspaceTests
{
    [Fact]
    public async Task Collecting_does_not_walk_into_linked_folders()
    {
        var root = Directory.CreateTempSubdirectory("yunhe-test-");
        try
        {
            var outside = root.CreateSubdirectory("outside").FullName;
            var workdir = root.CreateSubdirectory("workdir").FullName;
            Directory.CreateDirectory(Path.Combine(workdir, "d"));
            await File.WriteAllTextAsync(Path.Combine(outside, "secret.txt"), "secret");
            await File.WriteAllTextAsync(Path.Combine(workdir, "d", "x.txt"), "x");
            File.CreateSymbolicLink(Path.Combine(workdir, "out"), outside);
            File.CreateSymbolicLink(Path.Combine(workdir, "d", "again"), "../d");
            File.CreateSymbolicLink(Path.Combine(workdir, "self"), "self");
            File.CreateSymbolicLink(Path.Combine(workdir, "y.txt"), "d/x.txt");
            using var tar = new MemoryStream();
            await Workspace.CollectAsync(workdir, ["**/*"], tar, default);
            tar.Position = 0;
            var names = new List<string>();
            await using var reader = new TarReader(tar);
            while (await reader.GetNextEntryAsync() is { } entry) names.Add(entry.Name);
            Assert.Equal(["d/x.txt", "y.txt"], names);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
