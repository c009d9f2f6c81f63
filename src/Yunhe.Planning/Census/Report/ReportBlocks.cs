namespace Yunhe.Planning.Census.Report;

/// <summary>A part of a report, written the same in Markdown and as a page.</summary>
public abstract record ReportBlock;

public sealed record Paragraph(string Text) : ReportBlock;

/// <summary>Smaller: what the figures rest on.</summary>
public sealed record Note(string Text) : ReportBlock;

public sealed record Bullets(IReadOnlyList<string> Items) : ReportBlock;

/// <summary>The first column is of words, the others of figures. <c>HasTotal</c>: the last row is one.</summary>
public sealed record ReportTable(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows, bool HasTotal = false) : ReportBlock
{
    private const int LongestFigure = 28;

    /// <summary>A column of texts stands at the left, one of figures at the right.</summary>
    public bool IsOfWords(int column)
    {
        var said = Rows.Select(r => r[column]).Where(c => c.Any(char.IsLetterOrDigit)).ToList();
        return said.Any(c => c.Length > LongestFigure) || said.Count(IsFigure) * 2 < said.Count;
    }

    /// <summary>FP64 is a word.</summary>
    private static bool IsFigure(string cell) => cell.Any(char.IsAsciiDigit) && (cell.Contains(' ', StringComparison.Ordinal) || !char.IsLetter(cell[0]));
}

/// <summary>Bars of parts: built, and beside it what is coming. Drawn on a page; in Markdown its table says the same.</summary>
public sealed record BarChart(string Title, string Unit, string BuiltName, string ComingName, IReadOnlyList<Bar> Bars) : ReportBlock;

/// <param name="Assumed">The bar is hatched.</param>
public sealed record Bar(string Name, double Built, double Coming, bool Assumed);

/// <summary>A course of time: published points, and lines that go on from them.</summary>
public sealed record TimeChart(string Title, string YLabel, IReadOnlyList<TimeLine> Lines, double? Level, string LevelName) : ReportBlock;

/// <param name="Points">Year as a fraction, and value.</param>
public sealed record TimeLine(string Name, IReadOnlyList<(double Year, double Value)> Points);

public sealed record ReportSection(string Title, IReadOnlyList<ReportBlock> Blocks);

/// <summary>A report: a title, what it is of, and its sections.</summary>
public sealed record ReportDocument(string Title, string Language, IReadOnlyList<(string Term, string Text)> Facts, IReadOnlyList<ReportSection> Sections);
