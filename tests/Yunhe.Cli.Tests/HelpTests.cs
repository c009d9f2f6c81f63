using System.CommandLine;
using Yunhe.Cli.Tasks;

namespace Yunhe.Cli.Tests;

public sealed class HelpTests
{
    private static readonly string Docs = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));

    public static TheoryData<string> Commands() =>
        [.. Flatten(App.Build(new CommandContext(new Terminal().Shell, Tail.None)), "").Where(p => p.Length > 0)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_commands_help_ends_with_an_example_of_it(string path)
    {
        var terminal = new Terminal();
        Assert.Equal(0, await terminal.RunAsync([.. path.Split(' '), "--help"]));
        var examples = terminal.Out[terminal.Out.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains($"yunhe {path}", examples);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_is_in_the_documentation(string path) => Assert.Contains($"yunhe {path}", Docs);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_option_of_the_documentation_exists(string path)
    {
        var terminal = new Terminal();
        await terminal.RunAsync([.. path.Split(' '), "--help"]);
        var command = Find(path);
        foreach (var option in command.Options.Where(o => !o.Hidden && o.Name != "--help")) Assert.Contains(option.Name, Docs);
    }

    [Theory]
    [InlineData(ExitCodes.Success)]
    [InlineData(ExitCodes.Failed)]
    [InlineData(ExitCodes.Usage)]
    [InlineData(ExitCodes.Unreachable)]
    [InlineData(ExitCodes.NotFound)]
    [InlineData(ExitCodes.Refused)]
    [InlineData(ExitCodes.Detached)]
    public void Every_exit_code_is_in_the_documentation(int code) => Assert.Contains($"| {code} |", Docs);

    [Theory]
    [InlineData("YUNHE_SERVER")]
    [InlineData("YUNHE_TOKEN")]
    [InlineData("YUNHE_CONFIG")]
    [InlineData("YUNHE_DATA")]
    [InlineData("YUNHE_DEMO_SLURM")]
    [InlineData("NO_COLOR")]
    public void Every_variable_is_in_the_documentation(string variable) => Assert.Contains($"`{variable}`", Docs);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_scripts_ask_the_command_itself(string shell)
    {
        var terminal = new Terminal();
        Assert.Equal(0, await terminal.RunAsync("completion", shell));
        Assert.Contains("[suggest:", terminal.Out);
    }

    private static Command Find(string path)
    {
        Command command = App.Build(new CommandContext(new Terminal().Shell, Tail.None));
        foreach (var name in path.Split(' ')) command = command.Subcommands.Single(c => c.Name == name);
        return command;
    }

    private static IEnumerable<string> Flatten(Command command, string path) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Flatten(c, $"{path} {c.Name}".Trim())).Prepend(path);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
