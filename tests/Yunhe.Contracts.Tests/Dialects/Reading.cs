using Yunhe.Contracts.Dialects;

namespace Yunhe.Contracts.Tests.Dialects;

/// <summary>Reads texts at a fixed time with a small environment.</summary>
internal static class Reading
{
    internal static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    internal static readonly DialectContext Context = new(Now, new Dictionary<string, string> { ["HF_TOKEN"] = "secret-1", ["LANG"] = "C" });

    internal static Draft Yaml(string text, TaskFlags? flags = null) =>
        YamlTask.Read(text, "task.yaml", Context with { Flags = flags ?? TaskFlags.None });

    internal static Draft Sbatch(string directives, TaskFlags? flags = null) =>
        SbatchScript.Read($"#!/bin/bash\n{directives}\necho hello\n", "job.sbatch", [], Context with { Flags = flags ?? TaskFlags.None });

    internal static IReadOnlyList<DialectError> Errors(Func<Draft> read) => Assert.Throws<DialectException>(read).Errors;

    /// <summary>The one error of a text, as "place: message".</summary>
    internal static string Error(Func<Draft> read)
    {
        var error = Assert.Single(Errors(read));
        return $"{error.Where}: {error.Message}";
    }
}
