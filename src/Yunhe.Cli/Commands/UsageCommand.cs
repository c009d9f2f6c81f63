using System.CommandLine;

namespace Yunhe.Cli.Commands;

internal static class UsageCommand
{
    public static Command Create(CommandContext context)
    {
        var by = new Option<string>("--by") { Description = "Grouped by", HelpName = "workload|name|site|owner|project|day", DefaultValueFactory = _ => "site" };
        by.AcceptOnlyFromAmong("workload", "name", "site", "owner", "project", "day");
        var from = new Option<DateTimeOffset?>("--from") { Description = "Ended at or after", HelpName = "TIME" };
        var to = new Option<DateTimeOffset?>("--to") { Description = "Ended before", HelpName = "TIME" };
        var owner = new Option<string?>("--owner") { Description = "Only this owner's", HelpName = "OWNER" };
        var command = new Described("usage", "What was used: core hours, money, energy, carbon",
            "yunhe usage", "yunhe usage --by day --from 2026-10-01T00:00:00Z", "yunhe usage --by owner --output json") { by, from, to, owner };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var usage = await client.UsageAsync(
                parsed.GetRequiredValue(by), parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(owner), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, usage, () => { });
                return ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            context.Table(
                [usage.By.ToUpperInvariant(), "ATTEMPTS", "CORE HOURS", "ACCELERATOR HOURS", "RESERVED NODE HOURS", "UNUSED", "COST", "ENERGY", "CO2E"],
                usage.Rows.Append(usage.Total with { Key = "total" }).Select(r => new[]
                {
                    r.Key, Format.Number(r.Attempts), $"{r.CoreHours:0.####}", $"{r.AcceleratorHours:0.####}", $"{r.ReservedNodeHours:0.##}", $"{r.UnusedNodeHours:0.##}",
                    Format.Money(r.Cost, currency), Format.Energy(r.EnergyKwh), Format.Carbon(r.CarbonG),
                }));
            return ExitCodes.Success;
        });
        return command;
    }
}
