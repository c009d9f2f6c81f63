using System.IO.Compression;
using System.Text;

namespace Yunhe.Simulation.Tests;

/// <summary>A folder of one test, gone with it; and where the public data lies.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("yunhe-simulation-").FullName;

    /// <summary>A file of the data sets named in docs/numbers.md; the test is skipped where they are not at hand.</summary>
    public static string Data(string name)
    {
        var root = Environment.GetEnvironmentVariable("YUNHE_DATA");
        Assert.SkipWhen(root is null || !System.IO.File.Exists(Path.Combine(root, name)), "needs the public data sets (YUNHE_DATA)");
        return Path.Combine(root!, name);
    }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string File(string name, string text) => File(name, Encoding.UTF8.GetBytes(text));

    public string File(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public static byte[] Zip(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
