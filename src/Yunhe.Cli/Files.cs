namespace Yunhe.Cli;

/// <summary>Files that the user names.</summary>
internal static class Files
{
    /// <exception cref="UsageException">There is none, or it is a folder.</exception>
    public static void MustExist(string path)
    {
        if (Directory.Exists(path)) throw new UsageException($"{path} is a folder: name a file");
        if (!File.Exists(path)) throw new UsageException($"there is no file {path}");
    }
}
