using System.Globalization;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Siting;

/// <summary>An answer as people read it: the plan first, then what it is held against, then what it rests on.</summary>
internal sealed class SitingTables(Shell shell)
{
    public void Write(SitingAnswer answer)
    {
        if (answer.Plan is not { } plan)
        {
            WriteConflicts(answer);
            return;
        }
        Say(plan.Status == PlanStatus.Proven
            ? $"{Title(answer)}proven: no plan is better by more than {Percent(plan.Gap, "0.##")}"
            : $"{Title(answer)}the time ended at a gap of {Percent(plan.Gap, "0.##")}: the plan keeps every limit, and may not be the best (solver.time_limit_seconds)");
        WriteBuilds(plan);
        if (answer.Unused.Count > 0) Table("Where nothing is built, and why", ["SITE", "WHY"], answer.Unused.Select(u => new[] { u.Site, u.Why }));
        WriteYears(plan);
        if (plan.Targets.Count > 0) Table("Targets", ["TARGET", "REACHED", "MET"], plan.Targets.Select(t => new[] { t.Target, Value(t), t.IsMet ? "yes" : "no" }));
        WriteCompared(answer);
        WriteFront(answer);
        WriteMixes(answer);
        WriteReturn(answer);
        if (plan.Binding.Count > 0) List("What holds it back (used up in some year)", plan.Binding);
        List("What it rests on", answer.Assumptions);
    }

    private static string Title(SitingAnswer answer) => answer.Name.Length > 0 ? $"{answer.Name}: " : "";

    private void WriteConflicts(SitingAnswer answer)
    {
        if (answer.Status == PlanStatus.NothingFound)
        {
            Say("no plan was found in the time given: raise solver.time_limit_seconds (or --time-limit), or buy in smaller blocks");
            return;
        }
        Say(answer.IsIrreducible
            ? "no plan can do this; these exclude each other, and letting any one of them go is enough:"
            : "no plan can do this; among these are some that exclude each other:");
        foreach (var conflict in answer.Conflicts) Say($"  {conflict.Limit}{(conflict.Mend is { } mend ? $" - {mend} if only this one gives" : "")}");
    }

    private void WriteBuilds(SitingPlan plan) => Table(
        "What is built, by the year in which it enters service",
        ["SITE", .. plan.Years.Select(y => y.Year.ToString(CultureInfo.InvariantCulture)), "MW"],
        plan.Years.SelectMany(y => y.Builds).GroupBy(b => b.Site).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (string[])
        [
            g.Key,
            .. plan.Years.Select(y => string.Join(" + ", y.Builds.Where(b => b.Site == g.Key).Select(b => $"{Number(b.Devices, "#,0")} {b.Accelerator}")) is { Length: > 0 } built ? built : "-"),
            Number(g.Sum(b => b.Mw), "#,0.0"),
        ]));

    private void WriteYears(SitingPlan plan) => Table(
        "Year by year",
        ["YEAR", "EFLOPS", "DEMAND PFLOPS", "SERVED", "CAPITAL M¥", "OPERATING M¥", "GWH", "GREEN", "KT CO2E", "LINKS GBIT/S"],
        plan.Years.Select(y => new[]
        {
            y.Year.ToString(CultureInfo.InvariantCulture), Number(y.Eflops, "#,0.00"), Number(y.DemandPflops, "#,0"), Percent(y.DemandPflops > 0 ? y.ServedPflops / y.DemandPflops : 1, "0.#"),
            Million(y.CapitalCny), Million(y.OperatingCny), Number(y.EnergyGwh, "#,0"), Percent(y.GreenShare, "0"), Number(y.CarbonKt, "#,0.0"), Number(y.Links.Sum(l => l.Gbit), "#,0"),
        }));

    private void WriteCompared(SitingAnswer answer) => Table(
        "Against today and against plans without a solver (their flows, links and green power at their best)",
        ["PLAN", "NPV M¥", "OVER THE PLAN", "¥/PFLOPS-HOUR", "KT CO2E", "LATENCY MS", "SERVED", "MISSES"],
        answer.Compared.Prepend(answer.Plan!).Select(p => new[]
        {
            p.Name, Million(p.Totals.NpvCny), ReferenceEquals(p, answer.Plan) ? "" : Percent((p.Totals.NpvCny / answer.Plan!.Totals.NpvCny) - 1, "+0.0;-0.0"),
            p.Totals.CnyPerPflopsHour is { } each ? Number(each, "0.00") : "-", Number(p.Totals.CarbonKt, "#,0.0"),
            p.Totals.LatencyMs is { } ms ? Number(ms, "0.0") : "-", Percent(p.Totals.Served, "0.#"), p.Missed.Count == 0 ? "-" : string.Join("; ", p.Missed),
        }));

    private void WriteFront(SitingAnswer answer)
    {
        if (answer.Front.Count == 0) return;
        Table("Front of cost, carbon and latency: none beats another in all three", ["NPV M¥", "KT CO2E", "LATENCY MS", "GAP", "MW BY SITE"], answer.Front.Select(p => new[]
        {
            Million(p.NpvCny), Number(p.CarbonKt, "#,0.0"), Number(p.LatencyMs, "0.00"), Percent(p.Gap, "0.##"),
            string.Join(", ", p.Mw.Select(m => $"{m.Key} {Number(m.Value, "0")}")),
        }));
    }

    private void WriteMixes(SitingAnswer answer)
    {
        if (answer.Mixes.Count == 0) return;
        Table("The mix, and each kind alone for all that it can run (its supply not limited)",
            ["ACCELERATOR", "IN THE PLAN", "ALONE", "NPV M¥", "OVER THE PLAN", "GWH", "KT CO2E", "ENOUGH SUPPLY", "STAYS ON OTHERS"],
            answer.Mixes.Select(m => new[]
            {
                m.Accelerator, Number(m.InPlan, "#,0"), m.NpvCny is null ? m.Status == PlanStatus.Infeasible ? "impossible" : "not found" : Number(m.Devices, "#,0"),
                m.NpvCny is { } npv ? Million(npv) : "-", m.OverPlan is { } over ? Percent(over - 1, "+0.0;-0.0") : "-", m.EnergyGwh is { } gwh ? Number(gwh, "#,0") : "-",
                m.CarbonKt is { } kt ? Number(kt, "#,0.0") : "-", m.NpvCny is null ? "-" : m.EnoughSupply ? "yes" : "no", m.Others.Count == 0 ? "-" : string.Join(", ", m.Others),
            }));
    }

    private void WriteReturn(SitingAnswer answer)
    {
        if (answer.Return is not { } back) return;
        Table("What it may bring, present value (a model, not a forecast)",
            ["REVENUE M¥", "COST M¥", "DIRECT VALUE ADDED M¥", "GDP LOW M¥", "MIDDLE M¥", "HIGH M¥", "MULTIPLIER TO BREAK EVEN"],
            [[Million(back.RevenueCny), Million(back.CostCny), Million(back.DirectValueAddedCny), Million(back.LowCny), Million(back.MiddleCny), Million(back.HighCny), Number(back.BreakEvenMultiplier, "0.00")]]);
        foreach (var assumption in back.Assumptions) Say($"  {assumption}");
    }

    private void Table(string title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        Say("");
        Say(title);
        Tables.Write(shell.Out, shell.OutIsTerminal, shell.Environment, headings, rows);
    }

    private void List(string title, IReadOnlyList<string> lines)
    {
        Say("");
        Say(title);
        foreach (var line in lines) Say($"  {line}");
    }

    private void Say(string line) => shell.Out.WriteLine(line);

    private static string Value(TargetReached target) => target.Target.StartsWith("total", StringComparison.Ordinal) ? Number(target.Value, "0.###") : Percent(target.Value, "0.#");

    private static string Million(double cny) => Number(cny / 1e6, "#,0");

    private static string Percent(double share, string format) => Number(100 * share, format) + " %";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
