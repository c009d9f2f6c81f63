using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Yunhe.Simulator.Traces;

/// <summary>Writes what <see cref="JsonLines"/> reads, compressed where the name ends in .gz; fields that have TraceJob's default are left out.</summary>
public sealed class JsonLinesWriter : IDisposable
{
    private static readonly TraceJob Default = new(0, 0);

    private readonly Stream stream;
    private readonly Utf8JsonWriter json;

    public JsonLinesWriter(string path)
    {
        var file = File.Create(path);
        stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionLevel.Optimal) : new BufferedStream(file, 1 << 16);
        json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public void Write(TraceJob job)
    {
        json.WriteStartObject();
        json.WriteNumber("number", job.Number);
        json.WriteNumber("submit", job.Submit);
        Number("run_time", job.RunTime, Default.RunTime);
        Number("requested_time", job.RequestedTime, Default.RequestedTime);
        Number("nodes", job.Nodes, Default.Nodes);
        Number("cpu_milli", job.CpuMilli, Default.CpuMilli);
        Number("memory_mib", job.MemoryMiB, Default.MemoryMiB);
        Number("accelerators", job.Accelerators, Default.Accelerators);
        Number("accelerator_milli", job.AcceleratorMilli, Default.AcceleratorMilli);
        Texts("models", job.Models);
        Texts("sites", job.Sites);
        Number("input_bytes", job.InputBytes, Default.InputBytes);
        if (job.User is not null) json.WriteString("user", job.User);
        if (job.Project is not null) json.WriteString("project", job.Project);
        if (job.Name is not null) json.WriteString("name", job.Name);
        Number("status", job.Status, Default.Status);
        Number("after", job.After, Default.After);
        Number("think_time", job.ThinkTime, Default.ThinkTime);
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        stream.WriteByte((byte)'\n');
    }

    public void Dispose()
    {
        json.Dispose();
        stream.Dispose();
    }

    private void Texts(string field, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return;
        json.WriteStartArray(field);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private void Number(string field, long value, long usual)
    {
        if (value != usual) json.WriteNumber(field, value);
    }
}
