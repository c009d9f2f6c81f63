using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;

namespace Yunhe.Simulator.Results.Report;

/// <summary>The runs of one policy, one for each seed.</summary>
internal sealed record PolicyRuns(string Policy, IReadOnlyList<RunResult> Runs)
{
    public MeanAndSd Of(Figure figure) => MeanAndSd.Of([.. Runs.Select(r => figure.Of(r.Summary))]);

    /// <summary>Policies in the order in which they first come; runs by seed.</summary>
    public static IReadOnlyList<PolicyRuns> Group(IEnumerable<RunResult> runs) =>
        [.. runs.GroupBy(r => r.Policy, StringComparer.Ordinal).Select(g => new PolicyRuns(g.Key, [.. g.OrderBy(r => r.Seed)]))];

    /// <summary>Whether this policy's mean is the best of several that differ as they are shown.</summary>
    public static bool IsBest(Figure figure, PolicyRuns policy, IReadOnlyList<PolicyRuns> all)
    {
        if (figure.Better == Better.Neither || all.Count < 2) return false;
        var values = all.Select(p => p.Of(figure).Mean).Where(v => !double.IsNaN(v)).ToList();
        if (!values.Select(v => Words.Number(v)).Distinct().Skip(1).Any()) return false;
        return Words.Number(policy.Of(figure).Mean) == Words.Number(figure.Better == Better.Less ? values.Min() : values.Max());
    }
}

/// <summary>The table of policies, mean ± standard deviation over the seeds, for people and for programs.</summary>
internal static class PolicyTable
{
    public static string Markdown(IReadOnlyList<PolicyRuns> policies)
    {
        var table = new StringBuilder();
        table.AppendLine($"| | {string.Join(" | ", policies.Select(p => Cell(p.Policy)))} |");
        table.AppendLine($"| --- |{string.Concat(policies.Select(_ => " ---: |"))}");
        table.AppendLine($"| Seeds | {string.Join(" | ", policies.Select(p => p.Runs.Count))} |");
        foreach (var figure in Shown(policies))
            table.AppendLine($"| {figure.Title} | {string.Join(" | ", policies.Select(p => Bold(Words.Number(p.Of(figure)), PolicyRuns.IsBest(figure, p, policies))))} |");
        return table.ToString();
    }

    public static void Csv(string path, IReadOnlyList<PolicyRuns> policies)
    {
        using var csv = CsvWriter.Create(File.Create(path), new CsvWriterOptions { NewLine = "\n" }, leaveOpen: false);
        csv.WriteHeader(["policy", "seeds", .. Figure.All.SelectMany(f => new[] { f.Key, f.Key + "_sd" })]);
        foreach (var policy in policies)
        {
            csv.WriteField(policy.Policy);
            csv.WriteField(policy.Runs.Count, default);
            foreach (var (mean, sd) in Figure.All.Select(f => policy.Of(f)))
            {
                csv.WriteField(Told(mean), default);
                csv.WriteField(Told(sd), default);
            }
            csv.EndRecord();
        }
    }

    public static void SitesCsv(string path, IReadOnlyList<PolicyRuns> policies)
    {
        using var csv = CsvWriter.Create(File.Create(path), new CsvWriterOptions { NewLine = "\n" }, leaveOpen: false);
        csv.WriteHeader(["policy", "seed", "site", "jobs", "wait_mean", "cpu_utilisation", "accelerator_utilisation", "cost", "energy_kwh", "carbon_g"]);
        foreach (var run in policies.SelectMany(p => p.Runs))
            foreach (var site in run.Sites)
            {
                csv.WriteField(run.Policy);
                csv.WriteField(run.Seed, default);
                csv.WriteField(site.Name);
                csv.WriteField(site.Jobs, default);
                foreach (var value in new[] { site.MeanWait, 100 * site.CpuUtilisation, 100 * site.AcceleratorUtilisation, (double)site.Cost.ToDecimal(), site.Energy.KWh, site.Carbon.Grams })
                    csv.WriteField(Told(value), default);
                csv.EndRecord();
            }
    }

    public static void Json(string path, Simulated simulated, IReadOnlyList<PolicyRuns> policies)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("network", simulated.Network);
        json.WriteString("trace", simulated.Trace);
        json.WriteString("version", simulated.Version);
        json.WriteString("command_line", simulated.CommandLine);
        json.WriteNumber("skipped_lines", simulated.Skipped?.Count ?? 0);
        json.WriteStartArray("policies");
        foreach (var policy in policies)
        {
            json.WriteStartObject();
            json.WriteString("policy", policy.Policy);
            json.WriteStartObject("mean");
            foreach (var figure in Figure.All) Number(json, figure.Key, policy.Of(figure).Mean);
            json.WriteEndObject();
            json.WriteStartObject("sd");
            foreach (var figure in Figure.All) Number(json, figure.Key, policy.Of(figure).Sd);
            json.WriteEndObject();
            json.WriteStartArray("runs");
            foreach (var run in policy.Runs)
            {
                json.WriteStartObject();
                json.WriteNumber("seed", run.Seed);
                json.WriteBoolean("exact_quantiles", run.Summary.IsExact);
                foreach (var figure in Figure.All) Number(json, figure.Key, figure.Of(run.Summary));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Figures that at least one policy has; cost, energy and carbon where there are any (a bare machine has neither prices nor a grid).</summary>
    public static IEnumerable<Figure> Shown(IReadOnlyList<PolicyRuns> policies) =>
        Figure.All.Where(f => policies.Any(p => f.Group == "cost" ? p.Of(f).Mean > 0 : !double.IsNaN(p.Of(f).Mean)));

    private static void Number(Utf8JsonWriter json, string key, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(key, value);
        else json.WriteNull(key);
    }

    private static double? Told(double value) => double.IsFinite(value) ? value : null;

    private static string Bold(string text, bool isBest) => isBest ? $"**{text}**" : text;

    /// <summary>A name that can neither end the cell nor be taken for markup.</summary>
    private static string Cell(string text) =>
        string.Concat(text.EnumerateRunes().Select(r => Rune.IsControl(r) ? " " : "\\`*_[]<>|&#".Contains(r.ToString(), StringComparison.Ordinal) ? $"\\{r}" : $"{r}"));
}
