namespace Yunhe.Contracts.Dialects;

/// <summary>The one entry for files: finds out which dialect one is written in, and reads it.</summary>
public static class DialectReader
{
    private static readonly string[] YamlNames = [".yaml", ".yml", ".json"];
    private static readonly string[] ScriptNames = [".sbatch", ".slurm", ".sh", ".bash"];

    /// <param name="arguments">For the script; a YAML task takes none.</param>
    /// <exception cref="DialectException">All that is wrong with the file, or with a flag.</exception>
    public static Draft Read(string fileName, ReadOnlySpan<byte> bytes, IReadOnlyList<string> arguments, DialectContext context)
    {
        var diagnostics = new Diagnostics(fileName);
        var text = SourceText.Decode(bytes, ProgramCheck.MaxScriptBytes, diagnostics);
        if (IsScript(fileName, text)) return SbatchScript.Read(text, fileName, arguments, context);
        if (arguments.Count > 0)
            throw diagnostics.Stop(default, "is a YAML task, which takes no arguments: only sbatch scripts do. Use --env NAME=value");
        return YamlTask.Read(text, fileName, context);
    }

    private static bool IsScript(string fileName, string text)
    {
        var extension = Path.GetExtension(fileName).ToLowerInvariant();
        if (YamlNames.Contains(extension)) return false;
        return ScriptNames.Contains(extension) || text.StartsWith("#!", StringComparison.Ordinal)
            || text.StartsWith("#SBATCH", StringComparison.Ordinal) || text.Contains("\n#SBATCH", StringComparison.Ordinal);
    }
}
