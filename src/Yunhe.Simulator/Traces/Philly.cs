using System.Globalization;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// GPU jobs of a production cluster, one a row: <c>timestamp</c> (<c>2017-10-09 07:01:55</c> or seconds), <c>duration</c> (s), <c>num_gpus</c>
/// and, if told, <c>cluster</c> (the virtual cluster: who shares a quota); other columns are not read. Source: Jeon et al., ATC 2019.
/// Zero of the trace is midnight before the first job, so that hours of the day are true. Jobs of more than eight GPUs are gangs of equal nodes.
/// </summary>
public static class Philly
{
    internal static readonly string[] Required = ["timestamp", "duration", "num_gpus"];

    /// <summary>GPUs of that cluster's larger nodes.</summary>
    private const int GpusPerNode = 8;

    private const long Day = 86_400;

    private const int MostGpus = 1_000_000;

    public static IEnumerable<TraceJob> Read(string path, BadLines bad)
    {
        using var rows = new CsvRows(path, bad, Required);
        long? zero = null;
        foreach (var job in SubmitOrder.Sort(path, rows.Read(row => (Job(row), row.Line)), "timestamp", bad))
        {
            zero ??= job.Submit - (job.Submit % Day);
            yield return job with { Submit = job.Submit - zero.Value };
        }
    }

    private static TraceJob Job(CsvRows row)
    {
        var gpus = (int)row.Number("num_gpus", 1, MostGpus);
        var each = Enumerable.Range(1, GpusPerNode).Last(count => gpus % count == 0);
        return new(row.Line - 2, Seconds(row))
        {
            RunTime = row.Number("duration", 0),
            Nodes = gpus / each,
            Accelerators = each,
            Project = row.Text("cluster") is { Length: > 0 } cluster ? cluster : null,
        };
    }

    private static long Seconds(CsvRows row)
    {
        var text = row.Text("timestamp");
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) return row.Number("timestamp", 0);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time >= DateTime.UnixEpoch
            ? new DateTimeOffset(time).ToUnixTimeSeconds()
            : throw row.Problem("timestamp", "a time such as 2017-10-09 07:01:55, or seconds");
    }
}
