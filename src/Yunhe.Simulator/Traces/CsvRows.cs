using System.Globalization;
using CsvHelper;

namespace Yunhe.Simulator.Traces;

/// <summary>Rows of a CSV trace with a header line, fields by the names of their columns. A quoted field ends on its own line.</summary>
internal sealed class CsvRows : IDisposable
{
    private const long LargestNumber = 1L << 53;

    private readonly string file;
    private readonly BadLines bad;
    private readonly CsvReader reader;

    public CsvRows(string path, BadLines bad, params ReadOnlySpan<string> required)
    {
        (file, this.bad) = (path, bad);
        reader = CsvReader.Create(new LineStream(new TraceLines(path, bad)), new CsvReaderOptions
        {
            Separator = ',',
            DetectSeparatorHint = false,
            TrimWhitespace = true,
            AllowLineBreaksInQuotes = false,
            TrackLineNumbers = true,
            PoolStrings = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            OnMalformedRecord = Malformed,
        });
        reader.ReadHeader();
        var missing = required.ToArray().Where(name => !Has(name)).ToList();
        if (missing.Count == 0) return;
        reader.Dispose();
        throw new TraceException(path, 1, "header", "also the columns " + string.Join(", ", missing), string.Join(",", reader.Headers));
    }

    public long Line => reader.LineNumber;

    public bool Has(string column) => reader.TryGetFieldIndex(column, out _);

    /// <summary>What <paramref name="parse"/> makes of each row; bad rows are reported.</summary>
    public IEnumerable<T> Read<T>(Func<CsvRows, T> parse)
    {
        while (reader.Read())
        {
            T? row = default;
            TraceException? problem = null;
            try
            {
                row = parse(this);
            }
            catch (TraceException e)
            {
                problem = e;
            }
            if (problem is null) yield return row!;
            else bad.Add(problem);
        }
    }

    /// <summary>Empty where there is no such column.</summary>
    public string Text(string column) => reader.TryGetFieldIndex(column, out var at) ? reader.GetString(at) : "";

    /// <summary>A number, rounded to a whole one: tools that write CSV make 66 into 66.0.</summary>
    public long Number(string column, long least, long most = LargestNumber)
    {
        if (reader.TryGetFieldIndex(column, out var at)
            && double.TryParse(reader.GetSpan(at), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && Math.Round(value) >= least && Math.Round(value) <= most)
            return (long)Math.Round(value);
        throw Problem(column, most >= LargestNumber ? $"a number of at least {least}" : $"a number from {least} to {most:N0}");
    }

    public TraceException Problem(string column, string expected) => new(file, Line, column, expected, Text(column));

    public void Dispose() => reader.Dispose();

    private void Malformed(CsvMalformedRecord record) => bad.Add(record.Reason == CsvMalformedReason.FieldCountMismatch
        ? new(file, record.LineNumber, "row", $"{reader.Headers.Count} fields", record.RawRecord)
        : new(file, record.LineNumber, "row", "fields quoted as in RFC 4180, each on one line", record.RawRecord));

    /// <summary>The lines as the bytes that they were, less what is bad about them.</summary>
    private sealed class LineStream(TraceLines lines) : Stream
    {
        private int at;
        private bool ended = true;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty) return 0;
            if (ended && !lines.Next()) return 0;
            if (ended) at = 0;
            var count = Math.Min(buffer.Length, lines.Line.Length - at);
            lines.Line.Slice(at, count).CopyTo(buffer);
            at += count;
            ended = at == lines.Line.Length && count < buffer.Length;
            if (ended) buffer[count++] = (byte)'\n';
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) lines.Dispose();
            base.Dispose(disposing);
        }
    }
}
