using System.Text.RegularExpressions;

namespace Yunhe.EndToEnd;

/// <summary>The commands of the README's tour do what they say, one after the other, as a new user would type them.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_readmes_tour_works_as_it_is_written()
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-readme-").FullName;
        await using var server = new ServerProcess(folder);
        await server.StartAsync();
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var tour = string.Join('\n', Tour().Matches(readme).Select(m => m.Groups[1].Value));
        var commands = tour.Split('\n').Select(l => l.Split(" #")[0].Trim()).Where(l => l.StartsWith("./yunhe ", StringComparison.Ordinal)).ToList();
        Assert.True(commands.Count >= 8, $"only {commands.Count} commands found");
        foreach (var command in commands)
        {
            var ran = await Shell.RunAsync(Repository.Root, folder, server, command.Replace("-o results", $"-o {folder}/results"));
            Assert.True(ran.ExitCode == 0, $"{command} ended with {ran.ExitCode}\n{ran.Output}\n{ran.Errors}");
            Assert.NotEqual("", ran.Output + ran.Errors);
        }
        Assert.True(File.Exists(Path.Combine(folder, "results", "outputs", "cores.txt")), string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories)));
        Directory.Delete(folder, recursive: true);
    }

    [GeneratedRegex("<!-- tour -->(.*?)<!-- /tour -->", RegexOptions.Singleline)]
    private static partial Regex Tour();
}
