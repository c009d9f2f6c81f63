using System.Text;
using System.Text.Unicode;

namespace Yunhe.Contracts.Dialects;

/// <summary>Bytes of a file as text: UTF-8 without NUL and within a size, or a reason why not.</summary>
internal static class SourceText
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    internal static string Decode(ReadOnlySpan<byte> bytes, int maxBytes, Diagnostics diagnostics)
    {
        if (bytes.Length > maxBytes)
            throw diagnostics.Stop(default, $"is {bytes.Length} bytes long; at most {maxBytes} bytes are read. Put data into files of the working directory");
        if (bytes.StartsWith<byte>([0xFF, 0xFE]) || bytes.StartsWith<byte>([0xFE, 0xFF]))
            throw diagnostics.Stop(default, "is UTF-16: save it as UTF-8");
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[3..];
        if (!Utf8.IsValid(bytes))
            throw diagnostics.Stop(default, $"isn't UTF-8: the byte at offset {InvalidAt(bytes)} belongs to no character. Save it as UTF-8");
        return Guard(Strict.GetString(bytes), maxBytes, diagnostics);
    }

    /// <summary>The same limits for a text that is one already.</summary>
    internal static string Guard(string text, int maxBytes, Diagnostics diagnostics)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > maxBytes)
            throw diagnostics.Stop(default, $"is {bytes} bytes long; at most {maxBytes} bytes are read. Put data into files of the working directory");
        var nul = text.IndexOf('\0');
        if (nul >= 0) throw diagnostics.Stop(PlaceOf(text, nul), "has a NUL character: this isn't a text file");
        if (string.IsNullOrWhiteSpace(text)) throw diagnostics.Stop(default, "is empty");
        return text;
    }

    private static Place PlaceOf(string text, int index)
    {
        var before = text.AsSpan(0, index);
        return new(before.Count('\n') + 1, index - before.LastIndexOf('\n'));
    }

    private static int InvalidAt(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }
}
