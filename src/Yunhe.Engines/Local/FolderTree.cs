namespace Yunhe.Engines.Local;

internal static class FolderTree
{
    /// <summary>
    /// Deletes a folder as seen from outside at once, by way of <paramref name="aside"/> beside it. Folders that a program
    /// closed to its own user are opened for it; links are removed, not followed.
    /// </summary>
    public static void Delete(string folder, string aside)
    {
        if (Directory.Exists(aside)) Delete(aside);
        Directory.Move(folder, aside);
        Delete(aside);
    }

    public static void Delete(string folder)
    {
        Open(folder);
        Directory.Delete(folder, recursive: true);
    }

    private static void Open(string folder)
    {
        const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var next))
        {
            if (File.GetUnixFileMode(next) is var mode && (mode & All) != All) File.SetUnixFileMode(next, mode | All);
            foreach (var inner in new DirectoryInfo(next).EnumerateDirectories())
            {
                if (inner.LinkTarget is null) open.Push(inner.FullName);
            }
        }
    }
}
