using System.CommandLine;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Commands;

internal static class ProjectCommand
{
    /// <summary>Workloads that wait, of those that show lists.</summary>
    private const int MostWaiting = 10;

    public static Command Create(CommandContext context)
    {
        var project = new Described("project", "Who shares the network: weights, quotas, limits",
            "yunhe project list", "yunhe project set ai --weight 2 --quota A100=8 --limit A100=16", "yunhe project show ai");
        project.Add(List(context));
        project.Add(Show(context));
        project.Add(Set(context));
        project.Add(Remove(context));
        project.Add(Sharing(context));
        return project;
    }

    private static Described List(CommandContext context)
    {
        var command = new Described("list", "All projects, and how they stand", "yunhe project list", "yunhe project list --output json");
        command.SetAction(async (parsed, cancel) =>
        {
            var projects = await context.Client(parsed).ProjectsAsync(cancel);
            context.Show(parsed, projects, () => context.Table(
                ["NAME", "WEIGHT", "QUOTA", "LIMIT", "HELD", "BORROWED", "SHARE NOW", "SHARE BEFORE", "STANDING", "WORKLOADS"],
                projects.Select(p => new[]
                {
                    p.Project.Name, $"{p.Project.Weight:0.###}", Quota(p.Project), BoundText.Show(p.Project.Limit), BoundText.Show(Positive(p.Held)),
                    BoundText.Show(Positive(p.Borrowed)), Share(p.ShareNow), Share(p.ShareBefore), $"{p.Standing:0.0000}", $"{p.Workloads}",
                })));
            context.Warn(projects.SelectMany(p => p.Warnings.Select(w => $"{p.Project.Name}: {w}")));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Show(CommandContext context)
    {
        var name = NameOf();
        var command = new Described("show", "One project: its quota, what it holds and borrows, its share, what waits",
            "yunhe project show ai", "yunhe project show acme/ai --output json") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var project = await client.ProjectAsync(parsed.GetRequiredValue(name), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, project, () => { });
                return ExitCodes.Success;
            }

            context.Table([], Facts(project));
            context.Warn(project.Warnings);
            await WriteWaitingAsync(context, client, project.Project.Name, cancel);
            return ExitCodes.Success;
        });
        return command;
    }

    private static IEnumerable<IReadOnlyList<string>> Facts(ProjectView p)
    {
        yield return ["name", p.Project.Name];
        yield return ["weight", $"{p.Project.Weight:0.###}"];
        yield return ["quota", Quota(p.Project)];
        yield return ["limit", BoundText.Show(p.Project.Limit)];
        yield return ["reclaims", Format.Word(p.Project.Reclaim).Replace('_', ' ')];
        yield return ["preempts by priority", p.Project.PreemptByPriority ? "yes" : "no"];
        yield return ["held", BoundText.Show(Positive(p.Held))];
        yield return ["borrowed", BoundText.Show(Positive(p.Borrowed))];
        yield return ["share now", Share(p.ShareNow)];
        yield return ["share before", Share(p.ShareBefore)];
        yield return ["standing", $"{p.Standing:0.0000}; the lowest is served first"];
        yield return ["workloads", $"{p.Workloads}"];
    }

    private static async Task WriteWaitingAsync(CommandContext context, YunheClient client, string project, CancellationToken cancel)
    {
        var waiting = await client.WorkloadsAsync(new() { Phase = PhaseWord.Queued, Project = project }, MostWaiting, null, cancel);
        if (waiting.Items.Count == 0) return;
        await context.Shell.Out.WriteLineAsync();
        context.Table(["WAITS", "NAME", "PHASE", "PRIORITY", "SUBMITTED", "DETAIL"], waiting.Items.Select(w => new[]
        {
            w.Id, w.Name, w.Tasks > 1 ? Format.Counts(w.Counts, w.Tasks) : Format.Word(w.Phase), $"{w.Priority}", Format.Time(w.SubmittedAt), Format.Text(w.Detail),
        }));
        if (waiting.Next is not null) await context.Shell.Err.WriteLineAsync($"there are more: yunhe list --phase queued --project {project}");
    }

    private static Described Set(CommandContext context)
    {
        var name = NameOf();
        var weight = new Option<double?>("--weight") { Description = "Its share of what is contended, as a ratio to the others' [default: 1]", HelpName = "N" };
        var quota = Bound("--quota", "What it gets whenever it needs it, or none");
        var limit = Bound("--limit", "The most that it may hold, or none");
        var unlimited = new Option<bool?>("--unlimited") { Description = "All that it holds counts as guaranteed", HelpName = "true|false" };
        var reclaim = new Option<string?>("--reclaim") { Description = "From which borrowers of its quota it takes it back, by priority", HelpName = "not_higher|any|never" };
        reclaim.AcceptOnlyFromAmong([.. Enum.GetValues<ReclaimWord>().Select(Format.Word)]);
        var byPriority = new Option<bool?>("--preempt-by-priority") { Description = "Higher priorities may end lower ones of the project", HelpName = "true|false" };
        var command = new Described("set", "Declares a project, or changes what is named of it",
            "yunhe project set ai --weight 2 --quota A100=8,cpus=64 --limit A100=16",
            "yunhe project set acme --quota cpus=512,memory=2048",
            "yunhe project set acme/ai --weight 3 --preempt-by-priority true",
            "yunhe project set ai --quota none") { name, weight, quota, limit, unlimited, reclaim, byPriority };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var before = await BeforeAsync(client, parsed.GetRequiredValue(name), cancel);
            var set = await client.SetProjectAsync(
                before with
                {
                    Weight = parsed.GetValue(weight) ?? before.Weight,
                    Quota = Read(parsed, quota, before.Quota),
                    Limit = Read(parsed, limit, before.Limit),
                    Unlimited = parsed.GetValue(unlimited) ?? (parsed.GetValue(quota) is null && before.Unlimited),
                    Reclaim = parsed.GetValue(reclaim) is { } word ? Enum.Parse<ReclaimWord>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true) : before.Reclaim,
                    PreemptByPriority = parsed.GetValue(byPriority) ?? before.PreemptByPriority,
                },
                cancel);
            context.Show(parsed, set, () => context.Shell.Out.WriteLine(set.Project.Name));
            context.Warn(set.Warnings);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task<ProjectRequest> BeforeAsync(YunheClient client, string name, CancellationToken cancel)
    {
        try
        {
            return (await client.ProjectAsync(name, cancel)).Project;
        }
        catch (ApiException refusal) when (refusal.Status == 404)
        {
            return new() { Name = name };
        }
    }

    private static Described Remove(CommandContext context)
    {
        var name = NameOf();
        var command = new Described("remove", "Removes a project that has no work any more", "yunhe project remove ai") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var project = parsed.GetRequiredValue(name);
            await context.Client(parsed).RemoveProjectAsync(project, cancel);
            if (!context.Json(parsed)) await context.Shell.Out.WriteLineAsync($"{project} removed");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Described Sharing(CommandContext context)
    {
        var halfLife = new Option<string?>("--half-life") { Description = "After this time use counts half", HelpName = "TIME" };
        var order = new Option<OrderWord?>("--order")
        {
            Description = "Who goes first in a project: arrival (who came first) or slowdown (short and small work passes long and large work)",
            HelpName = "arrival|slowdown",
        };
        var together = new Option<bool?>("--together")
        {
            Description = "Whether the front of the queue is decided together where that is better for all of it", HelpName = "true|false",
        };
        var backfill = new Option<BackfillWord?>("--backfill")
        {
            Description = "Who may start before those ahead of it: who does not delay the first that waits in each pool (easy), or any that waits (conservative)",
            HelpName = "easy|conservative",
        };
        var command = new Described("sharing", "How usage is remembered and who goes first; changes what is given",
            "yunhe project sharing", "yunhe project sharing --half-life 3d --order slowdown", "yunhe project sharing --together true",
            "yunhe project sharing --backfill conservative") { halfLife, order, together, backfill };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var asked = new SharingView { HalfLifeSeconds = parsed.GetValue(halfLife) is { } text ? Time(text).TotalSeconds : null, Order = parsed.GetValue(order), Together = parsed.GetValue(together), Backfill = parsed.GetValue(backfill) };
            var sharing = asked == new SharingView() ? await client.SharingAsync(cancel) : await client.SetSharingAsync(asked, cancel);
            context.Show(parsed, sharing, () => context.Table([],
                [["half-life", Format.Duration(sharing.HalfLifeSeconds!.Value)], ["order", sharing.Order is OrderWord.Slowdown ? "slowdown" : "arrival"], ["together", sharing.Together is true ? "yes" : "no"], ["backfill", sharing.Backfill is BackfillWord.Conservative ? "conservative" : "easy"]]));
            return ExitCodes.Success;
        });
        return command;
    }

    private static TimeSpan Time(string text)
    {
        try
        {
            return Durations.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--half-life: {e.Message}");
        }
    }

    private static BoundRequest? Read(ParseResult parsed, Option<string?> option, BoundRequest? before)
    {
        try
        {
            return parsed.GetValue(option) is { } text ? BoundText.Parse(text) : before;
        }
        catch (FormatException e)
        {
            throw new UsageException($"{option.Name}: {e.Message}");
        }
    }

    private static string Quota(ProjectRequest p) => p.Unlimited ? "unlimited" : BoundText.Show(p.Quota);

    private static string Share(double share) => $"{share * 100:0.0} %";

    /// <summary>Without what is nothing.</summary>
    private static BoundRequest Positive(BoundRequest bound) => bound with
    {
        Cpus = bound.Cpus > 0 ? bound.Cpus : null,
        MemoryMib = bound.MemoryMib > 0 ? bound.MemoryMib : null,
        Accelerators = bound.Accelerators.Where(a => a.Value > 0).ToDictionary(),
    };

    private static Argument<string> NameOf() => Words.Required("NAME", "Name of a project: ai, or acme/ai of the tenant acme");

    private static Option<string?> Bound(string name, string description) =>
        new(name) { Description = description + ": sums over nodes, memory in GiB", HelpName = "cpus=N,memory=N,MODEL=N" };
}
