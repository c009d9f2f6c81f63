using System.CommandLine;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Commands;

internal static class ListCommand
{
    private const int PageSize = 500;

    public static Command Create(CommandContext context)
    {
        var phase = new Option<string?>("--phase") { Description = "Only in this phase", HelpName = "PHASE" };
        phase.AcceptOnlyFromAmong([.. Enum.GetValues<PhaseWord>().Select(Format.Word)]);
        var name = new Option<string?>("--name") { Description = "Only of this name", HelpName = "NAME" };
        var site = new Option<string?>("--site") { Description = "Only at this site", HelpName = "SITE" };
        var owner = new Option<string?>("--owner") { Description = "Only this owner's", HelpName = "OWNER" };
        var project = new Option<string?>("--project") { Description = "Only this project's", HelpName = "PROJECT" };
        var limit = new Option<int>("--limit") { Description = "At most so many", HelpName = "N", DefaultValueFactory = _ => 20 };
        var all = new Option<bool>("--all") { Description = "All of them" };
        limit.Within(1, int.MaxValue);
        var command = new Described("list", "Workloads, the newest first",
            "yunhe list", "yunhe list --phase running --site ulanqab", "yunhe list --all --output json | jq '.items[].id'")
        { phase, name, site, owner, project, limit, all };
        command.Aliases.Add("ls");
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var filter = new WorkloadFilter
            {
                Phase = parsed.GetValue(phase) is { } word ? Enum.Parse<PhaseWord>(word, ignoreCase: true) : null,
                Name = parsed.GetValue(name), Site = parsed.GetValue(site), Owner = parsed.GetValue(owner), Project = parsed.GetValue(project),
            };
            var page = await ReadAsync(client, filter, parsed.GetValue(all) ? int.MaxValue : parsed.GetValue(limit), cancel);
            if (context.Json(parsed)) context.Show(parsed, page, () => { });
            else await WriteAsync(context, client, page, cancel);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task<Page<WorkloadSummary>> ReadAsync(YunheClient client, WorkloadFilter filter, int limit, CancellationToken cancel)
    {
        var items = new List<WorkloadSummary>();
        string? cursor = null;
        do
        {
            var page = await client.WorkloadsAsync(filter, Math.Min(PageSize, limit - items.Count), cursor, cancel);
            items.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null && items.Count < limit);
        return new(items, cursor);
    }

    private static async Task WriteAsync(CommandContext context, YunheClient client, Page<WorkloadSummary> page, CancellationToken cancel)
    {
        if (page.Items.Count == 0)
        {
            await context.Shell.Err.WriteLineAsync("no workloads");
            return;
        }

        var currency = (await client.ServerAsync(cancel)).Currency;
        context.Table(
            ["ID", "NAME", "PHASE", "SITE", "EXIT", "SUBMITTED", "WAITED", "STARTS BY", "RAN", "COST", "ENERGY", "CO2E"],
            page.Items.Select(w => new[]
            {
                w.Id,
                w.Name,
                w.Tasks > 1 ? Format.Counts(w.Counts, w.Tasks) : Format.Word(w.Phase),
                Format.Text(w.Site),
                Format.Number(w.ExitCode),
                Format.Time(w.SubmittedAt),
                Format.Between(w.SubmittedAt, w.StartedAt),
                Format.Time(w.ExpectedStart?.P90),
                Format.Between(w.StartedAt, w.EndedAt),
                Format.Money(w.Used.Cost, currency),
                Format.Energy(w.Used.EnergyKwh),
                Format.Carbon(w.Used.CarbonG),
            }));
        if (page.Next is not null) await context.Shell.Err.WriteLineAsync("there are more: --limit N or --all");
    }
}
