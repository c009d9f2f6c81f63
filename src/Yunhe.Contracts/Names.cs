using System.Text;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts;

/// <summary>
/// What names, variables and paths may look like. Every check returns null, or what is wrong and how to mend it.
/// They end up as file names, Slurm job names and environment strings, so nothing a shell or a path could read otherwise gets through.
/// </summary>
public static partial class Names
{
    public const int MaxLength = 100;

    /// <summary>Linux takes no longer single environment string or argument (MAX_ARG_STRLEN), its end mark included.</summary>
    public const int MaxArgumentBytes = 128 * 1024;

    private const int MaxPathBytes = 4096;

    /// <summary>Names of workloads: 1 to 100 letters, digits, '.', '_', '-', the first one a letter, a digit or '_'.</summary>
    public static string? Check(string name) =>
        name.Length is > 0 and <= MaxLength && Word().IsMatch(name)
            ? null
            : $"{Show(name)} isn't a name: use 1 to {MaxLength} letters, digits, '.', '_' and '-', the first a letter, a digit or '_'";

    /// <summary>Names of projects: a name, or a tenant's and a project's with '/' between.</summary>
    public static string? CheckProject(string name) => name.Split('/') is { Length: <= 2 } parts && parts.All(p => Check(p) is null)
        ? null
        : $"{Show(name)} isn't a project: use a name such as ai, or a tenant and a project such as acme/ai";

    /// <summary>Models of accelerators, such as A100-80GB; "*" is any model.</summary>
    public static string? CheckAccelerator(string model) =>
        model == "*" || (model.Length is > 0 and <= MaxLength && Model().IsMatch(model))
            ? null
            : $"{Show(model)} isn't an accelerator: use a model such as A100 or H100-80GB, or '*' for any, and a count after ':'";

    /// <summary>Environment variables as POSIX names them, without NUL, at most 128 KiB with name and value together.</summary>
    public static string? CheckEnv(string name, string value)
    {
        if (name.Length > MaxLength || !Variable().IsMatch(name))
            return $"{Show(name)} isn't a variable's name: use up to {MaxLength} letters A-Z, a-z, digits and '_', not starting with a digit";
        if (value.Contains('\0')) return $"the value of {name} has a NUL character, which no environment can hold";
        return Encoding.UTF8.GetByteCount(value) + name.Length + 2 > MaxArgumentBytes
            ? $"the value of {name} is too long: at most {MaxArgumentBytes / 1024} KiB; put it into a file"
            : null;
    }

    /// <summary>Paths and globs inside the working directory: relative, with no way out of it.</summary>
    public static string? CheckPath(string path)
    {
        if (path.Length == 0) return "the path is empty";
        if (path.Any(char.IsControl)) return $"{Show(path)} has control characters";
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes) return $"the path is longer than {MaxPathBytes} bytes";
        if (path[0] is '/' or '~' || path.Contains('\\'))
            return $"{Show(path)} must be relative to the working directory, with '/' between its parts";
        return path.Split('/').Contains("..") ? $"{Show(path)} leads out of the working directory: leave out '..'" : null;
    }

    /// <summary>A name made of a file's name; what a name can't hold becomes '-'.</summary>
    public static string FromFile(string fileName)
    {
        var name = NotInName().Replace(Path.GetFileName(fileName), "-").TrimStart('.', '-');
        if (name.Length > MaxLength) name = name[..MaxLength];
        return Check(name) is null ? name : "workload";
    }

    /// <summary>Text of a user within a message: quoted, cut at 60 characters, without characters that a terminal would obey.</summary>
    internal static string Show(string text)
    {
        var cut = text.Length > 60 ? text[..60] + "…" : text;
        return $"'{string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}'";
    }

    [GeneratedRegex(@"^[\p{L}\p{Nd}_][\p{L}\p{Nd}._-]*\z")]
    private static partial Regex Word();

    [GeneratedRegex(@"[^\p{L}\p{Nd}._-]+")]
    private static partial Regex NotInName();

    [GeneratedRegex(@"^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex Model();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Variable();
}
