using System.CommandLine;
using Yunhe.Cli.Sites;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Commands;

internal static class SiteCommand
{
    public static Command Create(CommandContext context)
    {
        var site = new Described("site", "The sites of the network",
            "yunhe site list", "yunhe site add here --engine local --cpus 4 --memory 8", "yunhe site drain here");
        site.Add(Add(context));
        site.Add(List(context));
        site.Add(Show(context));
        site.Add(Edit(context));
        site.Add(One(context, "drain", "Takes no new work; what runs there goes on", (client, name, cancel) => client.DrainSiteAsync(name, cancel)));
        site.Add(One(context, "resume", "Takes work again", (client, name, cancel) => client.ResumeSiteAsync(name, cancel)));
        site.Add(SiteMeasure.Create(context));
        site.Add(Remove(context));
        return site;
    }

    private static Described Add(CommandContext context)
    {
        var name = Words.Optional("NAME", "Name of the site; the file may say it");
        var file = FileOption();
        var options = new SiteOptions();
        var command = new Described("add", "Attaches a site",
            "yunhe site add here --engine local --cpus 4 --memory 8",
            "yunhe site add hpc --engine slurm --set work_folder=/shared/yunhe --price-cpu 0.15",
            "yunhe site add -f site.yaml") { name, file };
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var site = parsed.GetValue(file) is { } path ? SiteFile.Read(path) : new SiteRequest { Name = "", Engine = "" };
            site = options.Over(site with { Name = parsed.GetValue(name) ?? site.Name }, parsed);
            if (site.Name.Length == 0) throw new UsageException("the site has no name: yunhe site add NAME …");
            if (site.Engine.Length == 0) throw new UsageException("which engine runs work there? --engine local or --engine slurm");
            var added = await context.Client(parsed).AddSiteAsync(site, cancel);
            context.Show(parsed, added, () => context.Shell.Out.WriteLine(added.Site.Name));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Edit(CommandContext context)
    {
        var name = Words.Required("NAME", "Name of the site");
        var file = FileOption();
        var options = new SiteOptions();
        var command = new Described("edit", "Changes what is declared of a site; what isn't named stays",
            "yunhe site edit here --price-cpu 0.2 --carbon 420", "yunhe site edit here -f site.yaml") { name, file };
        options.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var before = await client.SiteAsync(parsed.GetRequiredValue(name), cancel);
            var declared = parsed.GetValue(file) is { } path ? SiteFile.Read(path) with { Name = before.Site.Name } : before.Site;
            var edited = await client.EditSiteAsync(options.Over(declared, parsed), before.Revision, cancel);
            context.Show(parsed, edited, () => context.Shell.Out.WriteLine($"{edited.Site.Name} revision {edited.Revision}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described List(CommandContext context)
    {
        var command = new Described("list", "All sites with their state and what is free", "yunhe site list", "yunhe site list --output json");
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var sites = await client.SitesAsync(cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, sites, () => { });
                return ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            if (sites.Count == 0) await context.Shell.Err.WriteLineAsync("no sites; attach one: yunhe site add NAME --engine local --cpus 4 --memory 8");
            else context.Table(
                ["NAME", "STATUS", "ENGINE", "PLACE", "CORES FREE", "ACCELERATORS FREE", "PUE", "G/KWH", "CORE HOUR", "LINK", "JOBS", "PROBLEM"],
                sites.Select(s => Row(s, currency)));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string[] Row(SiteView s, string currency) =>
    [
        s.Site.Name,
        s.Status,
        s.Site.Engine,
        Format.Text(string.Join(' ', new[] { s.Site.Region, s.Site.City }.Where(x => x.Length > 0))),
        $"{s.Pools.Sum(p => p.FreeCpus)} of {s.Pools.Sum(p => p.Cpus)}",
        s.Pools.Any(p => p.Accelerators > 0) ? $"{s.Pools.Sum(p => p.FreeAccelerators)} of {s.Pools.Sum(p => p.Accelerators)}" : "-",
        $"{s.Site.Pue:0.##}",
        $"{s.Site.CarbonGPerKwh:0.#}",
        Format.Money(s.Site.PriceCpuHour, currency),
        $"{Format.Rate(s.Site.LinkBitsPerSecond)} {s.Site.LinkRttMs:0.#} ms",
        $"{s.ActiveAttempts}",
        Format.Text(s.Problem),
    ];

    private static Described Show(CommandContext context)
    {
        var name = Words.Required("NAME", "Name of the site");
        var command = new Described("show", "One site in full", "yunhe site show here", "yunhe site show here --output json") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var site = await client.SiteAsync(parsed.GetRequiredValue(name), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, site, () => { });
                return ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            var headings = new[] { "name", "status", "engine", "place", "cores free", "accelerators free", "PUE", "g/kWh", "core hour", "link", "jobs", "problem" };
            context.Table([], headings.Zip(Row(site, currency), (heading, value) => new[] { heading, value })
                .Append(["enforces", Format.Text(site.Enforcement)])
                .Concat(site.Site.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new[] { $"setting {s.Key}", s.Value })));
            await context.Shell.Out.WriteLineAsync();
            context.Table(["POOL", "NODES", "UNUSABLE", "CORES", "FREE", "MEMORY", "FREE", "ACCELERATORS"], site.Pools.Select(p => new[]
            {
                p.Name, $"{p.Nodes}", $"{p.UnusableNodes}", $"{p.Cpus}", $"{p.FreeCpus}", Format.Memory(p.MemoryMib), Format.Memory(p.FreeMemoryMib),
                p.Accelerators > 0 ? $"{p.Accelerators} x {p.Accelerator}" : "-",
            }));
            foreach (var measured in site.Measurements ?? [])
            {
                await context.Shell.Out.WriteLineAsync();
                context.Table([], MeasurementRows.Of(measured));
            }
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described One(CommandContext context, string verb, string description, Func<YunheClient, string, CancellationToken, Task<SiteView>> act)
    {
        var name = Words.Required("NAME", "Name of the site");
        var command = new Described(verb, description, $"yunhe site {verb} here") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var site = await act(context.Client(parsed), parsed.GetRequiredValue(name), cancel);
            context.Show(parsed, site, () => context.Shell.Out.WriteLine($"{site.Site.Name} {site.Status}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Remove(CommandContext context)
    {
        var name = Words.Required("NAME", "Name of the site");
        var command = new Described("remove", "Detaches a site that runs nothing", "yunhe site drain here && yunhe site remove here") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var site = parsed.GetRequiredValue(name);
            await context.Client(parsed).RemoveSiteAsync(site, cancel);
            if (!context.Json(parsed)) await context.Shell.Out.WriteLineAsync($"{site} removed");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<string?> FileOption() => new("--file", "-f") { Description = "The site's declaration in YAML or JSON", HelpName = "FILE" };
}
