using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Yunhe.Architecture.Tests;

/// <summary>Who may know whom; see docs/ARCHITECTURE.md.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new(StringComparer.Ordinal)
    {
        ["Yunhe.Core"] = [],
        ["Yunhe.Contracts"] = ["YamlDotNet"],
        ["Yunhe.Figures"] = [],
        ["Yunhe.Engines"] = ["Yunhe.Core", "Microsoft.Win32.Primitives", "Microsoft.Extensions.FileSystemGlobbing", "Microsoft.Extensions.Logging.Abstractions"],
        ["Yunhe.Storage"] = ["Yunhe.Core", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "SQLitePCLRaw.batteries_v2"],
        ["Yunhe.Simulator"] = ["Yunhe.Core", "Yunhe.Figures", "CsvHelper", "Parquet"],
        ["Yunhe.Planning"] = ["Yunhe.Core", "Yunhe.Figures", "CsvHelper", "Google.OrTools"],
        ["Yunhe.Server"] =
        [
            "Yunhe.Core", "Yunhe.Planning", "Yunhe.Contracts", "Yunhe.Engines", "Yunhe.Storage", "Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.Net.Http",
            "Microsoft.OpenApi", "OpenTelemetry",
        ],
        ["yunhe"] =
        [
            "Yunhe.Contracts", "Yunhe.Server", "Yunhe.Simulator", "Yunhe.Planning", "Yunhe.Core", "Microsoft.Win32.Primitives", "System.CommandLine", "Spectre.Console", "Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.OpenApi", "YamlDotNet",
        ],
    };

    public static TheoryData<string> Assemblies => [.. MayKnow.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_knows_only_what_it_may(string name)
    {
        var strangers = Assembly.Load(name).GetReferencedAssemblies().Select(a => a.Name!)
            .Where(a => !a.StartsWith("System", StringComparison.Ordinal) && a is not ("netstandard" or "mscorlib"))
            .Where(a => !MayKnow[name].Any(known => a == known || a.StartsWith(known + ".", StringComparison.Ordinal)));
        Assert.Empty(strangers);
    }

    [Fact]
    public void The_core_is_synchronous_and_does_no_input_or_output()
    {
        var result = Types.InAssembly(Assembly.Load("Yunhe.Core")).ShouldNot()
            .HaveDependencyOnAny("System.IO.File", "System.IO.Stream", "System.Net", "System.Threading.Tasks", "System.Diagnostics.Process", "System.Threading.Thread")
            .GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void Interfaces_have_at_least_two_implementations_counting_the_tests()
    {
        var sources = Sources("src").Concat(Sources("tests")).Select(File.ReadAllText).ToList();
        var lonely = sources.SelectMany(text => InterfaceDeclaration().Matches(text).Select(m => m.Groups[1].Value)).Distinct()
            .Where(name => sources.Sum(text => Regex.Count(text, $@"(class|record|struct)\s+\w+[^{{;]*[:,]\s*{name}\b")) < 2);
        Assert.Empty(lonely);
    }

    [Fact]
    public void No_folder_is_named_for_nothing_in_particular() =>
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            name => name is "Common" or "Helpers" or "Utils" or "Managers" or "Abstractions");

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }

    [GeneratedRegex(@"\binterface (I[A-Z]\w+)")]
    private static partial Regex InterfaceDeclaration();
}
