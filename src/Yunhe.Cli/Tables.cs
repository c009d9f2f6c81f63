using Spectre.Console;

namespace Yunhe.Cli;

/// <summary>
/// Tables of plain words: as wide as the terminal, with bold headings; where nobody looks on, each row on one line, however long.
/// </summary>
internal static class Tables
{
    private const int Unbounded = 100_000;

    public static void Write(TextWriter to, bool terminal, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> headings,
        IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.ToList();
        var decorated = terminal && !environment.ContainsKey("NO_COLOR");
        var table = new Table { Border = TableBorder.None, ShowHeaders = headings.Count > 0 };
        // Without headings: as many columns as the longest row has.
        foreach (var heading in headings.Count > 0 ? headings : Enumerable.Repeat("", all.Max(r => r.Count)))
        {
            var column = new TableColumn(decorated ? $"[bold]{Markup.Escape(heading)}[/]" : Markup.Escape(heading)) { NoWrap = !terminal };
            table.AddColumn(column.PadLeft(0).PadRight(2));
        }

        foreach (var row in all) table.AddRow([.. row.Select(cell => Markup.Escape(Clean(cell)))]);
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = decorated ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = decorated ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = terminal ? Math.Max(60, TerminalWidth()) : Unbounded;
        console.Profile.Encoding = System.Text.Encoding.UTF8;
        console.Write(table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) to.WriteLine(line.TrimEnd());
    }

    /// <summary>Characters that a terminal would obey don't reach it.</summary>
    private static string Clean(string cell) => string.Concat(cell.Select(c => char.IsControl(c) ? ' ' : c));

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 120;
        }
    }
}
