using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Launching;

/// <summary>Where the author of a batch script expects its output: in files of the working directory, named as in sbatch(1), "filename pattern".</summary>
public static partial class OutputFiles
{
    /// <summary>
    /// Paths relative to the working directory; <c>Error</c> is null where both outputs go into one file. The job number in them is
    /// Yunhe's own, which the user was told, also on a Slurm site.
    /// </summary>
    public static (string Output, string? Error) Of(Launch launch)
    {
        var output = Name(launch.Spec.Batch?.Output ?? DefaultPattern(launch), launch);
        var error = launch.Spec.Batch?.Error is { } pattern ? Name(pattern, launch) : null;
        return (output, error == output ? null : error);
    }

    /// <summary>A path that would lie elsewhere keeps only its last part.</summary>
    private static string Name(string pattern, Launch launch)
    {
        var (task, number) = (launch.Attempt.Task, launch.Attempt.Task.Workload.Number);
        var name = Specifier().Replace(pattern, match =>
        {
            var digits = match.Groups["width"] is { Length: > 0 } width ? int.Parse(width.Value, CultureInfo.InvariantCulture) : 0;
            return match.Groups["letter"].Value switch
            {
                "j" or "A" => Text(number).PadLeft(digits, '0'),
                "J" => $"{Text(number).PadLeft(digits, '0')}.0",
                "a" => Text(Math.Max(task.Index, 0)).PadLeft(digits, '0'),
                "n" or "t" => "0".PadLeft(digits, '0'),
                "x" => launch.Spec.Name,
                "N" => launch.Nodes.Count > 0 ? launch.Nodes[0] : "",
                "u" => Environment.UserName,
                _ => "%",
            };
        });
        if (Workspace.PathIn("/", name) is not null && Path.GetFileName(name) is not ("" or ".")) return name;
        return Path.GetFileName(name) is { Length: > 0 } last and not ("." or "..") ? last : Name(DefaultPattern(launch), launch);
    }

    private static string DefaultPattern(Launch launch) => launch.Spec.Array is null ? "slurm-%j.out" : "slurm-%A_%a.out";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // %j, or %4j for at least four digits.
    [GeneratedRegex("%(?<width>[0-9]?)(?<letter>[%jJAaxNntu])", RegexOptions.CultureInvariant)]
    private static partial Regex Specifier();
}
