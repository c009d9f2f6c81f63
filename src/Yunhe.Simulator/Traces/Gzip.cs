using System.Buffers.Binary;
using System.IO.Compression;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// A gzip file (RFC 1952) that says when its end is missing: the platform's stream takes a cut file for a whole one.
/// Several members in one file are allowed, as <c>cat a.gz b.gz</c> makes them.
/// </summary>
internal sealed class Gzip : IDisposable
{
    private const int ShortestFile = 18;

    private readonly string path;
    private readonly GZipStream stream;
    private readonly uint lastCrc;
    private readonly uint lastSize;
    private long unpacked;

    public Gzip(string path, FileStream file)
    {
        this.path = path;
        Span<byte> trailer = stackalloc byte[8];
        IsTooShort = file.Length < ShortestFile;
        if (!IsTooShort)
        {
            file.Position = file.Length - trailer.Length;
            file.ReadExactly(trailer);
            lastCrc = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
            lastSize = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        }
        file.Position = 0;
        stream = new GZipStream(file, CompressionMode.Decompress);
    }

    private bool IsTooShort { get; }

    public static bool Is(ReadOnlySpan<byte> start) => start.Length >= 2 && start[0] == 0x1f && start[1] == 0x8b;

    public int Read(Span<byte> into)
    {
        var count = stream.Read(into);
        unpacked += count;
        return count;
    }

    /// <summary>To be asked when <see cref="Read"/> has come to the end.</summary>
    public bool IsWhole() => !IsTooShort && ((uint)unpacked == lastSize || (unpacked > lastSize && LastMemberIsWhole()));

    public void Dispose() => stream.Dispose();

    /// <summary>With several members the trailer tells of the last one only: what it should be is unpacked again, and its checksum compared.</summary>
    private bool LastMemberIsWhole()
    {
        using var again = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        var before = unpacked - lastSize;
        var crc = uint.MaxValue;
        for (int count; (count = again.Read(buffer)) > 0; before -= Math.Min(before, count))
            foreach (var value in buffer.AsSpan((int)Math.Min(before, count), count - (int)Math.Min(before, count)))
                crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc == lastCrc;
    }

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    private static uint Entry(int value)
    {
        var entry = (uint)value;
        for (var bit = 0; bit < 8; bit++) entry = (entry & 1) != 0 ? 0xEDB88320 ^ (entry >> 1) : entry >> 1;
        return entry;
    }
}
