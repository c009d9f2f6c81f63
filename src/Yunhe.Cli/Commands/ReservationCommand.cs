using System.CommandLine;
using System.Globalization;
using Yunhe.Contracts;

namespace Yunhe.Cli.Commands;

internal static class ReservationCommand
{
    public static Command Create(CommandContext context)
    {
        var reservation = new Described("reservation", "Nodes that are reserved in advance, for a project or for maintenance",
            "yunhe reservation add demo --site gz --nodes 4 --project ai --from 2026-12-01T08:00:00+08:00 --for 6h", "yunhe reservation list", "yunhe reservation remove demo");
        reservation.Add(Add(context));
        reservation.Add(List(context));
        reservation.Add(Show(context));
        reservation.Add(Remove(context));
        return reservation;
    }

    private static Described Add(CommandContext context)
    {
        var name = NameOf();
        var site = new Option<string>("--site") { Description = "Whose nodes", HelpName = "SITE", Required = true };
        var pool = new Option<string?>("--pool") { Description = "Of which pool; may be left out where there is one", HelpName = "POOL" };
        var nodes = new Option<int?>("--nodes") { Description = "So many nodes", HelpName = "N" };
        var cpus = new Option<int?>("--cpus") { Description = "Instead: so many cores, in whole nodes", HelpName = "N" };
        var accelerators = new Option<int?>("--accelerators", "--gpus") { Description = "Instead: so many accelerators, in whole nodes", HelpName = "N" };
        var project = new Option<string?>("--project") { Description = "Whose work may run there: a project, or a tenant with all its projects", HelpName = "PROJECT" };
        var maintenance = new Option<bool>("--maintenance") { Description = "Instead: nobody's" };
        var from = new Option<string?>("--from") { Description = "From then on: 2026-12-01T08:00:00+08:00, or in 2h [default: now]", HelpName = "WHEN" };
        var to = new Option<string?>("--to") { Description = "Until then", HelpName = "WHEN" };
        var length = new Option<string?>("--for") { Description = "Instead: for so long", HelpName = "TIME" };
        var rate = new Option<decimal?>("--rate") { Description = "Charged for each node and hour that is not used [default: nothing]", HelpName = "MONEY" };
        var command = new Described("add", "Reserves whole nodes; which ones is settled at once",
            "yunhe reservation add demo --site gz --nodes 4 --project ai --from 2026-12-01T08:00:00+08:00 --for 6h",
            "yunhe reservation add run405b --site gz --pool h100 --accelerators 512 --project ai --from 24h --for 7d --rate 80",
            "yunhe reservation add firmware --site gz --nodes 16 --maintenance --from 48h --for 4h")
        {
            name, site, pool, nodes, cpus, accelerators, project, maintenance, from, to, length, rate,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(maintenance) == (parsed.GetValue(project) is not null)) throw new UsageException("for whom? --project NAME, or --maintenance for nobody");
            if ((parsed.GetValue(to) is null) == (parsed.GetValue(length) is null)) throw new UsageException("until when? --to WHEN, or --for TIME");
            var now = context.Shell.Time.GetUtcNow();
            var begin = parsed.GetValue(from) is { } text ? When(text, now, "--from") : now;
            var added = await context.Client(parsed).AddReservationAsync(
                new()
                {
                    Name = parsed.GetRequiredValue(name),
                    Site = parsed.GetRequiredValue(site),
                    Pool = parsed.GetValue(pool),
                    Nodes = parsed.GetValue(nodes),
                    Cpus = parsed.GetValue(cpus),
                    Accelerators = parsed.GetValue(accelerators),
                    Project = parsed.GetValue(project),
                    From = begin,
                    To = parsed.GetValue(to) is { } end ? When(end, now, "--to") : begin + Span(parsed.GetValue(length)!, "--for"),
                    Rate = parsed.GetValue(rate),
                },
                cancel);
            context.Show(parsed, added, () => context.Shell.Out.WriteLine($"{added.Reservation.Name}: {string.Join(' ', added.Nodes)}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described List(CommandContext context)
    {
        var command = new Described("list", "All reservations that are not over", "yunhe reservation list", "yunhe reservation list --output json");
        command.SetAction(async (parsed, cancel) =>
        {
            var all = await context.Client(parsed).ReservationsAsync(cancel);
            context.Show(parsed, all, () => context.Table(
                ["NAME", "STATUS", "SITE", "POOL", "NODES", "FOR", "FROM", "TO", "USED NODE HOURS"],
                all.Select(r => new[]
                {
                    r.Reservation.Name, r.Status, r.Reservation.Site, Format.Text(r.Reservation.Pool), $"{r.Nodes.Count}", r.Reservation.Project ?? "maintenance",
                    Format.Time(r.Reservation.From), Format.Time(r.Reservation.To), Used(r),
                })));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Show(CommandContext context)
    {
        var name = NameOf();
        var command = new Described("show", "One reservation with its nodes", "yunhe reservation show demo", "yunhe reservation show demo --output json") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var r = await client.ReservationAsync(parsed.GetRequiredValue(name), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, r, () => { });
                return ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            IEnumerable<IReadOnlyList<string>> down = r.Down.Count > 0 ? [["down", string.Join(' ', r.Down) + (r.Status == "active" ? "; no other node of the pool is free" : "")]] : [];
            context.Table([],
            [
                ["name", r.Reservation.Name],
                ["status", r.Status],
                ["for", r.Reservation.Project ?? "maintenance"],
                ["from", Format.Time(r.Reservation.From)],
                ["to", Format.Time(r.Reservation.To)],
                ["nodes", $"{r.Nodes.Count} of {r.Reservation.Site}/{r.Reservation.Pool}: {string.Join(' ', r.Nodes)}"],
                .. down,
                ["used", $"{Used(r)} node hours until now"],
                ["rate", r.Reservation.Rate is { } rate ? $"{Format.Money(rate, currency)} for each node and hour that is not used" : "nothing is charged for what is not used"],
                ["declared by", r.Owner],
            ]);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Remove(CommandContext context)
    {
        var name = NameOf();
        var command = new Described("remove", "Ends a reservation now; what runs in it goes on", "yunhe reservation remove demo") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var reservation = parsed.GetRequiredValue(name);
            await context.Client(parsed).RemoveReservationAsync(reservation, cancel);
            if (!context.Json(parsed)) await context.Shell.Out.WriteLineAsync($"{reservation} removed");
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Used(ReservationView r) => $"{r.UsedNodeHours:0.####} of {r.ReservedNodeHours:0.####}";

    /// <summary>A time with its zone, or a duration from now.</summary>
    private static DateTimeOffset When(string text, DateTimeOffset now, string flag)
    {
        if (text.Length < 11 || text[4] != '-') return now + Span(text, flag);
        var zoned = text.EndsWith('Z') || text.AsSpan(10).IndexOfAny('+', '-') >= 0;
        return zoned && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
            ? time : throw new UsageException($"{flag}: {text} isn't a time with its zone such as 2026-12-01T08:00:00+08:00, nor a duration such as 2h");
    }

    private static TimeSpan Span(string text, string flag)
    {
        try
        {
            return Durations.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{flag}: {e.Message}");
        }
    }

    private static Argument<string> NameOf() => Words.Required("NAME", "Name of the reservation");
}
