namespace Yunhe.Cli.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("yunhe-home-").FullName;
    private readonly Terminal terminal = new();

    public SettingsTests() => terminal.Environment["HOME"] = home;

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Fact]
    public void A_flag_wins_over_the_environment_and_that_over_the_file()
    {
        Write(".config/yunhe/config.yaml", "server: http://file:1\n");
        Assert.Equal("http://file:1/", Settings.Resolve(terminal.Shell, null).Server.ToString());
        terminal.Environment["YUNHE_SERVER"] = "http://environment:2";
        Assert.Equal("http://environment:2/", Settings.Resolve(terminal.Shell, null).Server.ToString());
        Assert.Equal("http://flag:3/", Settings.Resolve(terminal.Shell, "flag:3").Server.ToString());
    }

    [Fact]
    public void This_machines_token_is_read_for_this_machines_server_only()
    {
        Write(".local/share/yunhe/admin.token", "secret\n");
        Assert.Equal("secret", Settings.Resolve(terminal.Shell, null).Token);
        Assert.Null(Settings.Resolve(terminal.Shell, "https://yunhe.example").Token);
    }

    [Fact]
    public void The_file_names_a_token_file()
    {
        Write("my.token", "mine");
        Write(".config/yunhe/config.yaml", "server: https://yunhe.example\ntoken_file: ~/my.token\n");
        Assert.Equal("mine", Settings.Resolve(terminal.Shell, null).Token);
    }

    [Theory]
    [InlineData("servr: x\n")]
    [InlineData("server: [\n")]
    public async Task A_broken_file_is_named_with_its_line(string text)
    {
        Write(".config/yunhe/config.yaml", text);
        Assert.Equal(2, await terminal.RunAsync("list"));
        Assert.Contains("config.yaml:", terminal.Err);
    }

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("http://")]
    public async Task What_is_no_address_is_refused(string server)
    {
        Assert.Equal(2, await terminal.RunAsync("list", "--server", server));
        Assert.Contains("isn't a server's address", terminal.Err);
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
