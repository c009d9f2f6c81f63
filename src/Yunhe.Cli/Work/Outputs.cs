namespace Yunhe.Cli.Work;

/// <summary>Files that come back with the results; outside of a job they are not written.</summary>
internal static class Outputs
{
    public static void Write(Shell shell, string name, string text)
    {
        if (shell.Variable("YUNHE_OUTPUT_DIR") is { } folder) File.WriteAllText(Path.Combine(folder, name), text);
    }
}
