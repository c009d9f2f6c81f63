using System.Text;
using System.Text.Json;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// Yunhe's own trace: one JSON object a line, the fields of <see cref="TraceJob"/> in snake_case, in order of <c>submit</c>. Only <c>submit</c>
/// must be there; <c>number</c> is else the line's; what is left out has TraceJob's default. An unknown field is an error, since it may be a slip.
/// </summary>
public static class JsonLines
{
    private const long LargestSeconds = 1L << 53;

    private const long LargestCount = 1_000_000_000;

    public static IEnumerable<TraceJob> Read(string path, BadLines bad)
    {
        using var lines = new TraceLines(path, bad);
        var latest = 0L;
        while (lines.Next())
        {
            if (lines.Line.Trim(" \t"u8).IsEmpty) continue;
            TraceJob job;
            try
            {
                job = new Row(path, lines.Number).Parse(lines.Line);
                if (job.Submit < latest)
                    throw new TraceException(path, lines.Number, "submit", "jobs in order of submission (sort with: jq -s -c 'sort_by(.submit)[]')", $"{job.Submit} after {latest}");
            }
            catch (TraceException e)
            {
                bad.Add(e);
                continue;
            }
            latest = job.Submit;
            yield return job;
        }
    }

    private readonly ref struct Row(string file, long line)
    {
        public TraceJob Parse(ReadOnlySpan<byte> text)
        {
            var job = new TraceJob(line, -1);
            var reader = new Utf8JsonReader(text);
            var field = "line";
            try
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject) throw Problem("line", "a JSON object", Encoding.UTF8.GetString(text));
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    field = reader.GetString()!;
                    reader.Read();
                    job = With(job, field, ref reader);
                }
                while (reader.Read())
                {
                }
            }
            // The second is what the reader says of half a surrogate pair.
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw Problem(field, "JSON", Encoding.UTF8.GetString(text[(int)Math.Min(reader.BytesConsumed, text.Length)..]));
            }
            return Checked(job);
        }

        private TraceJob With(TraceJob job, string field, ref Utf8JsonReader reader) => field switch
        {
            "number" => job with { Number = Whole(field, ref reader, 0, long.MaxValue) },
            "submit" => job with { Submit = Whole(field, ref reader, 0, LargestSeconds) },
            "run_time" => job with { RunTime = Whole(field, ref reader, -1, LargestSeconds) },
            "requested_time" => job with { RequestedTime = Whole(field, ref reader, -1, LargestSeconds) },
            "nodes" => job with { Nodes = (int)Whole(field, ref reader, 1, LargestCount) },
            "cpu_milli" => job with { CpuMilli = Whole(field, ref reader, 0, LargestSeconds) },
            "memory_mib" => job with { MemoryMiB = Whole(field, ref reader, 0, LargestSeconds) },
            "accelerators" => job with { Accelerators = (int)Whole(field, ref reader, 0, LargestCount) },
            "accelerator_milli" => job with { AcceleratorMilli = (int)Whole(field, ref reader, 1, 1000) },
            "models" => job with { Models = Texts(field, ref reader) },
            "sites" => job with { Sites = Texts(field, ref reader) },
            "input_bytes" => job with { InputBytes = Whole(field, ref reader, 0, long.MaxValue) },
            "user" => job with { User = Text(field, ref reader) },
            "project" => job with { Project = Text(field, ref reader) },
            "name" => job with { Name = Text(field, ref reader) },
            "status" => job with { Status = (int)Whole(field, ref reader, -1, LargestCount) },
            "after" => job with { After = Whole(field, ref reader, -1, long.MaxValue) },
            "think_time" => job with { ThinkTime = Whole(field, ref reader, -1, LargestSeconds) },
            _ => throw Problem(field, "a field of a job", Encoding.UTF8.GetString(reader.ValueSpan)),
        };

        private TraceJob Checked(TraceJob job)
        {
            if (job.Submit < 0) throw Problem("submit", "seconds from the trace's zero", "");
            if (job.CpuMilli == 0 && job.Accelerators == 0) throw Problem("cpu_milli", "processors, where no accelerator is asked for", "0");
            return job.AcceleratorMilli < 1000 && job.Accelerators != 1
                ? throw Problem("accelerator_milli", "1000 unless accelerators is 1: only one can be shared", $"{job.AcceleratorMilli}")
                : job;
        }

        private long Whole(string field, ref Utf8JsonReader reader, long least, long most) =>
            reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= least && value <= most ? value
            : throw Problem(field, most >= LargestSeconds ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}", Found(ref reader));

        private string? Text(string field, ref Utf8JsonReader reader) =>
            reader.TokenType is JsonTokenType.String or JsonTokenType.Null ? reader.GetString() : throw Problem(field, "a text", Found(ref reader));

        private List<string> Texts(string field, ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw Problem(field, "a list of texts", Found(ref reader));
            var texts = new List<string>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                texts.Add(Text(field, ref reader) ?? throw Problem(field, "a text", "null"));
            return texts;
        }

        private static string Found(ref Utf8JsonReader reader) => Encoding.UTF8.GetString(reader.ValueSpan);

        private TraceException Problem(string field, string expected, string found) => new(file, line, field, expected, found);
    }
}
