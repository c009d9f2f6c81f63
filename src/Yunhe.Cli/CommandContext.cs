using System.CommandLine;
using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Cli.Tasks;

namespace Yunhe.Cli;

/// <summary>What every command shares: the shell, the options that stand everywhere, and the words behind the file.</summary>
internal sealed class CommandContext(Shell shell, Tail tail)
{
    private static readonly JsonSerializerOptions Indented = new(Wire.Json) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Shell Shell { get; } = shell;

    public Tail Tail { get; } = tail;

    public Option<string?> Server { get; } = new("--server")
    {
        Description = "Address of the server [default: $YUNHE_SERVER, the config file, http://127.0.0.1:7717]",
        HelpName = "URL",
        Recursive = true,
    };

    public Option<string> Output { get; } = OutputOption();

    public YunheClient Client(ParseResult parsed)
    {
        var settings = Settings.Resolve(Shell, parsed.GetValue(Server));
        return Shell.Connect(settings.Server, settings.Token);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(Output) == "json";

    /// <summary>The view as the API gave it, or what <paramref name="people"/> makes of it.</summary>
    public void Show<T>(ParseResult parsed, T view, Action people)
    {
        if (Json(parsed)) Print(view);
        else people();
    }

    public void Print<T>(T view) => Shell.Out.WriteLine(JsonSerializer.Serialize(view, Indented));

    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows) =>
        Tables.Write(Shell.Out, Shell.OutIsTerminal, Shell.Environment, headings, rows);

    public void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings) Shell.Err.WriteLine($"warning: {warning}");
    }

    private static Option<string> OutputOption()
    {
        var option = new Option<string>("--output")
        {
            Description = "table for people, json for programs: exactly what the API answers",
            HelpName = "table|json",
            DefaultValueFactory = _ => "table",
            Recursive = true,
        };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }
}
