using System.CommandLine;
using Yunhe.Contracts;

namespace Yunhe.Cli.Commands;

internal static class ShowCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Words.Workload();
        var command = new Described("show", "One workload in full, with its tasks and attempts", "yunhe show w17", "yunhe show w17 --output json") { id };
        command.SetAction(async (parsed, cancel) =>
        {
            var client = context.Client(parsed);
            var workload = await client.WorkloadAsync(parsed.GetRequiredValue(id), cancel);
            if (context.Json(parsed))
            {
                context.Show(parsed, workload, () => { });
                return ExitCodes.Success;
            }

            var currency = (await client.ServerAsync(cancel)).Currency;
            context.Table([], Facts(workload, currency));
            if (workload.FirstTasks.Count > 0)
            {
                await context.Shell.Out.WriteLineAsync();
                WriteAttempts(context, workload, currency);
                if (workload.FirstTasks.Count < workload.Tasks)
                    await context.Shell.Err.WriteLineAsync($"these are {workload.FirstTasks.Count} of {workload.Tasks} tasks; of one: yunhe explain {workload.Id} --task N");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static IEnumerable<IReadOnlyList<string>> Facts(WorkloadView w, string currency)
    {
        yield return ["id", w.Id];
        yield return ["name", w.Name];
        yield return ["owner", w.Owner];
        if (w.Project is { } project) yield return ["project", project];
        yield return ["phase", w.Tasks > 1 ? Format.Counts(w.Counts, w.Tasks) : Format.Word(w.Phase)];
        if (w.Detail is { } detail) yield return ["detail", detail];
        if (w.ExitCode is not null) yield return ["exit code", Format.Number(w.ExitCode)];
        foreach (var r in w.Request.Resources)
        {
            var accelerators = r.Accelerators > 0 ? $", {r.Accelerators} x {r.Accelerator}" : "";
            yield return ["per node", $"{r.Cpus} {(r.Cpus == 1 ? "core" : "cores")}, {Format.Memory(r.MemoryMib)}{accelerators}"];
        }

        yield return ["nodes", Format.Number(w.Nodes)];
        yield return ["optimize", Format.Word(w.Request.Optimize)];
        yield return ["submitted", Format.Time(w.SubmittedAt)];
        yield return ["waited", Format.Between(w.SubmittedAt, w.StartedAt)];
        if (w.ExpectedStart is { } start) yield return ["starts", $"about {Format.Time(start.P50)}, nine times in ten by {Format.Time(start.P90)}"];
        yield return ["ran", Format.Between(w.StartedAt, w.EndedAt)];
        yield return ["used", $"{Format.Money(w.Used.Cost, currency)}, {Format.Energy(w.Used.EnergyKwh)}, {Format.Carbon(w.Used.CarbonG)}"];
        if (w.Quote is { } quote) yield return ["quote", quote];
        if (w.Tasks > 1) yield break;
        foreach (var task in w.FirstTasks)
        {
            if (task.Checkpoint is { } c) yield return ["checkpoint", $"of {c.Attempt}, {Format.Time(c.TakenAt)}, {Format.Bytes(c.Bytes)}, after {Format.Duration(c.CoversSeconds)} of running"];
            if (task.Attempts is [.., { CheckpointProblem: { } problem }]) yield return ["problem", problem];
        }
    }

    private static void WriteAttempts(CommandContext context, WorkloadView workload, string currency) => context.Table(
        ["ATTEMPT", "SITE", "POOL", "PHASE", "NODES", "JOB", "EXIT", "STARTED", "RAN", "COST", "ENERGY", "CO2E", "DETAIL"],
        workload.FirstTasks.SelectMany(t => t.Attempts).Select(a => new[]
        {
            a.Id,
            a.Site,
            Format.Text(a.Pool),
            Format.Word(a.Phase),
            Format.Text(string.Join(',', a.Nodes)),
            Format.Text(a.EngineJob),
            a.Signal is { } signal ? $"signal {signal}" : Format.Number(a.ExitCode),
            Format.Time(a.StartedAt),
            Format.Between(a.StartedAt, a.EndedAt),
            Format.Money(a.Used?.Cost, currency),
            Format.Energy(a.Used?.EnergyKwh),
            Format.Carbon(a.Used?.CarbonG),
            Format.Text(Detail(a)),
        }));

    private static string Detail(AttemptView a) => string.Join("; ", new[]
    {
        a.ResumedFrom is { } copy ? $"resumed from {copy.Attempt}" : null, a.Detail ?? a.Failure?.Replace('_', ' '),
    }.Where(part => !string.IsNullOrEmpty(part)));
}
