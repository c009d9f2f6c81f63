using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace Yunhe.Simulator.Results;

/// <summary>Outcomes in row groups, so that one group is in memory, not the run.</summary>
internal sealed class ParquetJobs : IDisposable
{
    public const int RowsOfGroup = 1 << 16;

    /// <summary>At its usual level the compressor takes a hundred times as long for the same size.</summary>
    private static readonly ParquetOptions Options = new() { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };

    private static readonly DataField[] Fields = [.. JobColumn.All.Select(c =>
        c.Whole is not null ? new DataField<long?>(c.Name) : c.Number is not null ? new DataField<double?>(c.Name) : new DataField(c.Name, typeof(string), isNullable: true))];

    private readonly List<JobOutcome> rows = [];
    private readonly Stream file;
    private readonly ParquetWriter writer;

    public ParquetJobs(Stream file)
    {
        this.file = file;
        writer = Now(ParquetWriter.CreateAsync(new ParquetSchema(Fields), file, Options));
    }

    public void Write(JobOutcome outcome)
    {
        rows.Add(outcome);
        if (rows.Count == RowsOfGroup) Now(WriteGroup());
    }

    public void Dispose()
    {
        if (rows.Count > 0) Now(WriteGroup());
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        file.Dispose();
    }

    private async Task<int> WriteGroup()
    {
        using var group = writer.CreateRowGroup();
        foreach (var (column, field) in JobColumn.All.Zip(Fields))
            if (column.Whole is not null) await group.WriteAsync<long>(field, rows.Select(column.Whole).ToArray()).ConfigureAwait(false);
            else if (column.Number is not null) await group.WriteAsync<double>(field, rows.Select(column.Number).ToArray()).ConfigureAwait(false);
            else await group.WriteAsync(field, rows.Select(column.Text!).ToArray()!).ConfigureAwait(false);
        group.CompleteValidate();
        var count = rows.Count;
        rows.Clear();
        return count;
    }

    /// <summary>A run is one thread from first to last; the library only writes asynchronously.</summary>
    private static T Now<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
