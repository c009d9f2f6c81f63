using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Simulator.Results;

namespace Yunhe.Cli.Simulating;

/// <summary>The files of a comparison.</summary>
internal static class Reports
{
    private static readonly JsonSerializerOptions Indented = new(Wire.Json)
    {
        WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write(Shell shell, string folder, IReadOnlyList<RunResult> results)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "runs.json");
        File.WriteAllText(path, JsonSerializer.Serialize(results.Select(r => new { r.Policy, r.Seed, r.Summary }), Indented));
        shell.Err.WriteLine($"written: {path}");
    }
}
