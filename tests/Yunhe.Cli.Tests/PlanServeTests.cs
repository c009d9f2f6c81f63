using System.Text.Json;

namespace Yunhe.Cli.Tests;

public sealed class PlanServeTests
{
    private static readonly string[] Usual = ["plan", "serve", "--model", "llama-3.1-70b", "--input", "1000", "--output", "300", "--rate", "5"];

    private readonly Terminal terminal = new();

    public static TheoryData<string> GuideCommands() =>
    [
        .. File.ReadAllLines(Path.Combine(Root(), "docs", "guides", "serving.md")).Where(l => l.StartsWith("    yunhe plan serve", StringComparison.Ordinal)).Select(l => l.Trim()),
    ];

    [Theory]
    [MemberData(nameof(GuideCommands))]
    public async Task The_guides_commands_work_as_they_are_written(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(w => w.StartsWith("examples/", StringComparison.Ordinal) ? Path.Combine(Root(), w) : w);
        Assert.True(await terminal.RunAsync([.. words]) == 0, terminal.Err + terminal.Out);
        Assert.Contains("known from:", terminal.Out);
    }

    [Fact]
    public async Task Json_has_the_whole_plan()
    {
        Assert.Equal(0, await terminal.RunAsync([.. Usual, "--output", "json", "--accelerator", "H100,H200", "--ttft", "2s", "--tpot", "50ms"]));
        var plan = JsonDocument.Parse(terminal.Out).RootElement.GetProperty("plan");
        Assert.Equal(2, plan.GetProperty("options").GetArrayLength());
        Assert.Equal(300, plan.GetProperty("demand").GetProperty("output_tokens").GetDouble());
        Assert.Equal(2000, plan.GetProperty("demand").GetProperty("first_token_ms").GetDouble());
    }

    [Fact]
    public async Task Where_nothing_meets_the_targets_the_exit_code_says_so()
    {
        Assert.Equal(1, await terminal.RunAsync([.. Usual, "--tpot", "1ms", "--accelerator", "H100"]));
        Assert.Contains("1 ms a token: at best", terminal.Out);
    }

    [Theory]
    [InlineData("--rate", "0", "requests_per_second")]
    [InlineData("--rate", "NaN", "requests_per_second")]
    [InlineData("--model", "no-such-model", "no model 'no-such-model'")]
    [InlineData("--tpot", "soon", "write 500ms or 2s")]
    [InlineData("--output", "many", "neither a number of tokens nor json")]
    [InlineData("--accelerator", "Abacus", "no accelerator 'Abacus'")]
    [InlineData("--precision", "fp3", "fp3")]
    [InlineData("--trace", "no-such-file.csv", "there is no file")]
    public async Task What_is_wrong_is_named(string option, string value, string message)
    {
        var words = Usual.Select((w, i) => i > 0 && Usual[i - 1] == option ? value : w).ToList();
        if (!Usual.Contains(option)) words.AddRange([option, value]);
        Assert.Equal(2, await terminal.RunAsync([.. words]));
        Assert.Contains(message, terminal.Err);
    }

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Yunhe.slnx"))) at = Path.GetDirectoryName(at)!;
        return at;
    }
}
