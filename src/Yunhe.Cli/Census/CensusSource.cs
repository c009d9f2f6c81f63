using System.CommandLine;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Census;

/// <summary>Where a census comes from: the file that is named, or the server.</summary>
internal static class CensusSource
{
    public static async Task<CensusDocument> ReadAsync(CommandContext context, ParseResult parsed, string? file, CancellationToken cancel)
    {
        if (file is not null) return CensusFile.Read(file, context.Shell.Time);
        var census = await context.Client(parsed).CensusAsync<CensusDocument>(null, null, cancel);
        return census.Facilities.Count > 0 ? census : throw new UsageException(
            "the network has no sites and no facilities yet: attach one (yunhe site add), import some (yunhe census import FILE), or name a file such as china-2023");
    }
}
