using System.Text.Unicode;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// Lines of a plain or gzip-compressed text file (by its first bytes, not its name), ended by LF or CRLF, with or without a byte order mark.
/// A line that is too long or not UTF-8 is reported and stands as an empty one, so that the numbers of the others stay right.
/// Of a file that breaks off, what comes before the broken line is read.
/// </summary>
internal sealed class TraceLines : IDisposable
{
    public const int LongestLine = 1 << 20;

    private readonly BadLines bad;
    private readonly FileStream source;
    private readonly Gzip? gzip;
    private byte[] buffer = new byte[1 << 16];
    private int lineStart;
    private int lineLength;
    private int next;
    private int end;
    private bool ended;

    public TraceLines(string path, BadLines bad)
    {
        (File, this.bad) = (path, bad);
        try
        {
            source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TraceException(path, 0, "file", "a file that can be read", e.Message);
        }
        if (!source.CanSeek)
        {
            source.Dispose();
            throw new TraceException(path, 0, "file", "a regular file, since every run reads it anew", "a pipe or device");
        }
        Span<byte> magic = stackalloc byte[2];
        var isGzip = Gzip.Is(magic[..source.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)]);
        source.Position = 0;
        if (isGzip) gzip = new Gzip(path, source);
    }

    public string File { get; }

    /// <summary>Number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The current line without its end; valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Line => buffer.AsSpan(lineStart, lineLength);

    public bool Next()
    {
        var (searched, cut) = (0, false);
        while (true)
        {
            var at = buffer.AsSpan(next + searched, end - next - searched).IndexOf((byte)'\n');
            if (at >= 0) return Take(searched + at, 1, cut);
            searched = end - next;
            // The rest of a line that is too long is read, but not kept.
            if (searched > LongestLine) (searched, next, end, cut) = (0, 0, 0, true);
            if (Fill()) continue;
            return (end > next || cut) && Take(end - next, 0, cut);
        }
    }

    public void Dispose()
    {
        gzip?.Dispose();
        source.Dispose();
    }

    private bool Take(int length, int ending, bool cut)
    {
        Number++;
        (lineStart, lineLength) = (next, length);
        next += length + ending;
        if (Line.EndsWith("\r"u8)) lineLength--;
        if (Number == 1 && Line.StartsWith("\uFEFF"u8)) (lineStart, lineLength) = (lineStart + 3, lineLength - 3);
        var problem =
            cut || lineLength > LongestLine ? new TraceException(File, Number, "line", $"at most {LongestLine:N0} bytes", "a longer one")
            : Utf8.IsValid(Line) ? null
            : new TraceException(File, Number, "text", "UTF-8", FirstBadByte(Line));
        if (problem is not null)
        {
            lineLength = 0;
            bad.Add(problem);
        }
        return true;
    }

    private static string FirstBadByte(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(text[at..], out _, out var taken) == System.Buffers.OperationStatus.Done) at += taken;
        return $"byte 0x{text[at]:X2} at column {at + 1}";
    }

    private bool Fill()
    {
        if (ended) return false;
        if (next > 0)
        {
            buffer.AsSpan(next, end - next).CopyTo(buffer);
            (next, end) = (0, end - next);
        }
        if (end == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        var (count, problem) = Read(buffer.AsSpan(end));
        if (problem is not null)
        {
            (ended, next) = (true, end);
            bad.Add(problem);
            return false;
        }
        end += count;
        ended = count == 0;
        return !ended;
    }

    private (int Count, TraceException? Problem) Read(Span<byte> into)
    {
        try
        {
            if (gzip is null) return (source.Read(into), null);
            var count = gzip.Read(into);
            return (count, count > 0 || gzip.IsWhole() ? null : new(File, Number + 1, "gzip", "a whole file", "one whose end is missing"));
        }
        catch (InvalidDataException)
        {
            return (0, new(File, Number + 1, "gzip", "data that can be unpacked", "damaged data"));
        }
        catch (IOException e)
        {
            return (0, new(File, Number + 1, "file", "data that can be read", e.Message));
        }
    }
}
