using System.Globalization;
using System.Text;

namespace Yunhe.Figures;

/// <summary>Builds well-formed HTML and SVG. Whatever is not written by this program goes through <see cref="Text"/>.</summary>
public sealed class Markup
{
    private readonly StringBuilder text = new();

    /// <summary>Markup of this program's own; numbers in it are written with a point, whatever the culture.</summary>
    public Markup Raw(FormattableString markup)
    {
        text.Append(markup.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    public Markup Raw(string markup)
    {
        text.Append(markup);
        return this;
    }

    /// <summary>A name or message from outside: shown as it is, kept apart from the direction of the text around it.</summary>
    public Markup Name(string name) => Raw("<bdi>").Text(name).Raw("</bdi>");

    public Markup Text(string words)
    {
        text.Append(Escape(words));
        return this;
    }

    public override string ToString() => text.ToString();

    /// <summary>Escaped for text and for quoted attributes; what HTML does not allow becomes the replacement character.</summary>
    public static string Escape(string words)
    {
        var escaped = new StringBuilder(words.Length);
        foreach (var rune in words.EnumerateRunes())
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\n' or '\t' => escaped.Append(' '),
                < ' ' or (>= 0x7f and < 0xa0) or 0xfffe or 0xffff => escaped.Append('\uFFFD'),
                _ => escaped.Append(rune.ToString()),
            };
        return escaped.ToString();
    }
}
