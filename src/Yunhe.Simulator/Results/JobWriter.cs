using System.IO.Compression;
using CsvHelper;

namespace Yunhe.Simulator.Results;

/// <summary>Writes the outcomes of one run as they come: .csv, .csv.gz or .parquet by the name. What is not told is empty, or null.</summary>
public sealed class JobWriter : IDisposable
{
    private readonly CsvWriter? csv;
    private readonly ParquetJobs? parquet;

    /// <exception cref="ArgumentException">The name has none of the endings.</exception>
    public JobWriter(string path)
    {
        var isGzip = path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);
        if (!isGzip && Path.GetExtension(path).ToLowerInvariant() is not (".csv" or ".parquet"))
            throw new ArgumentException($"{path}: jobs are written as .csv, .csv.gz or .parquet", nameof(path));
        var file = File.Create(path);
        if (Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase)) parquet = new(file);
        else
        {
            csv = CsvWriter.Create(isGzip ? new GZipStream(file, CompressionLevel.Fastest) : file, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: false);
            csv.WriteHeader(JobColumn.All.Select(c => c.Name).ToArray());
        }
    }

    public void Write(JobOutcome outcome)
    {
        parquet?.Write(outcome);
        if (csv is null) return;
        foreach (var column in JobColumn.All)
            if (column.Whole is not null) csv.WriteField(column.Whole(outcome), default);
            else if (column.Number is not null) csv.WriteField(column.Number(outcome), default);
            else csv.WriteField(column.Text!(outcome) ?? "");
        csv.EndRecord();
    }

    public void Dispose()
    {
        csv?.Dispose();
        parquet?.Dispose();
    }
}
