using Yunhe.Core.Network;
using Yunhe.Planning.Census;
using Yunhe.Planning.Tables;

namespace Yunhe.Cli.Census;

/// <summary>Files of the census: YAML or JSON with all sections, CSV with facilities only. A name of an example needs no file.</summary>
internal static class CensusFile
{
    private const long MaxBytes = 64L << 20;

    /// <summary>Built in, by name.</summary>
    public static readonly IReadOnlyList<string> Examples = ["china-2023", "zhejiang-2023"];

    /// <exception cref="UsageException">All that is wrong, each with its line.</exception>
    public static CensusDocument Read(string path, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        try
        {
            return Sections(path).Read(today);
        }
        catch (CensusException e)
        {
            throw Refused(path, e.Problems);
        }
    }

    /// <summary>Facilities alone, for an import: nothing is held against totals, which are of a whole census.</summary>
    /// <exception cref="UsageException">All that is wrong, each with its line.</exception>
    public static IReadOnlyList<Facility> Facilities(string path)
    {
        var sections = Sections(path);
        var problems = new List<RowProblem>();
        var facilities = FacilityRows.Read(sections.Facilities, null, sections.Sources, problems);
        if (problems.Count > 0) throw Refused(path, problems);
        return facilities.Count > 0 ? facilities : throw new UsageException($"{path}: there are no facilities in it");
    }

    private static CensusSections Sections(string path)
    {
        try
        {
            if (!File.Exists(path) && Examples.Contains(path, StringComparer.Ordinal))
            {
                using var example = typeof(CensusFile).Assembly.GetManifestResourceStream(path + ".yaml")!;
                using var text = new StreamReader(example);
                return CensusYaml.Read(text, path);
            }
            Files.MustExist(path);
            if (new FileInfo(path).Length > MaxBytes) throw new UsageException($"{path} is longer than {MaxBytes >> 20} MiB");
            if (new FileInfo(path).Length == 0) throw new UsageException($"{path} is empty");
            using var file = File.OpenRead(path);
            if (Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase))
                return new() { Head = new(1, new Dictionary<string, string>()), Facilities = CsvTable.Read(file, "name", "kind") };
            using var reader = new StreamReader(file);
            return CensusYaml.Read(reader, path);
        }
        catch (TableException e)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"can't read {path}: {e.Message}");
        }
    }

    /// <summary>At most so many are told; who has more has one mistake many times.</summary>
    private const int MostTold = 50;

    private static UsageException Refused(string path, IReadOnlyList<RowProblem> problems)
    {
        var told = problems.Take(MostTold).Select(p => $"{path}: {p}");
        var rest = problems.Count > MostTold ? $"\n{path}: and {problems.Count - MostTold} more; nothing was taken" : problems.Count > 1 ? $"\n{path}: {problems.Count} mistakes; nothing was taken" : "";
        return new(string.Join('\n', told) + rest);
    }
}
