using System.Text;

namespace Yunhe.Planning.Census.Report;

/// <summary>A report as Markdown (with the tables of GitHub's dialect). Charts are left out: their figures stand in the tables.</summary>
public static class MarkdownReport
{
    public static string Write(ReportDocument report)
    {
        var text = new StringBuilder($"# {Plain(report.Title)}\n\n");
        foreach (var (term, value) in report.Facts) text.Append($"- {Plain(term)}: {Plain(value)}\n");
        foreach (var section in report.Sections)
        {
            text.Append($"\n## {Plain(section.Title)}\n");
            foreach (var block in section.Blocks) Append(text, block);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, ReportBlock block)
    {
        switch (block)
        {
            case Paragraph p: text.Append($"\n{Plain(p.Text)}\n"); break;
            case Note n: text.Append($"\n_{Plain(n.Text)}_\n"); break;
            case Bullets b:
                text.Append('\n');
                foreach (var item in b.Items) text.Append($"- {Plain(item)}\n");
                break;
            case ReportTable t:
                text.Append($"\n{Row(t.Headings)}{Row(t.Headings.Select((_, i) => i == 0 || t.IsOfWords(i) ? "---" : "---:"))}");
                for (var i = 0; i < t.Rows.Count; i++) text.Append(Row(t.HasTotal && i == t.Rows.Count - 1 ? t.Rows[i].Select(c => $"**{Plain(c)}**") : t.Rows[i].Select(Plain)));
                break;
        }
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";

    /// <summary>What Markdown would obey is shown as it is.</summary>
    private static string Plain(string words)
    {
        var plain = new StringBuilder(words.Length);
        foreach (var c in words)
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '|' or '#') plain.Append('\\');
            plain.Append(char.IsControl(c) ? ' ' : c);
        }
        return plain.ToString();
    }
}
