using Yunhe.Core.Network;
using Yunhe.Planning.Census.Outlook;

namespace Yunhe.Planning.Census.Report;

/// <summary>Growth and targets of a report.</summary>
internal static class OutlookSections
{
    public static string Short(TargetOutlook each, ReportWords words)
    {
        var (target, wanted) = (each.Target, Amount(each, Wanted(each.Target), words));
        var has = each.Target.Share is null ? RateText.Show(each.HasPetaflops, each.Type) : words.Percent(each.HasShare);
        var when = each.Scenarios is [{ Reached: { } day } first, ..] ? words.Of($" With {words.Percent(first.PerYear)} a year it is reached on {words.Day(day)}.", $"按每年 {words.Percent(first.PerYear)} 增长，{words.Day(day)}达到。") : "";
        return words.Of(
            $"{target.Name.English}{Mark(target.Basis, words)}: {wanted} by {words.Day(target.By)}; there is {has}{(each.Met ? ", so it is met." : ".")}{when}",
            $"{target.Name.Chinese}{Mark(target.Basis, words)}：{words.Day(target.By)}前达到 {wanted}；现有 {has}{(each.Met ? "，已达到。" : "。")}{when}");
    }

    public static IEnumerable<ReportBlock> Growth(CensusDocument census, CensusOutlook outlook, ReportWords words, SourceList sources)
    {
        yield return Chart(census, outlook, words);
        yield return new ReportTable(
            [words.Of("Date", "日期"), words.Of("Of", "范围"), words.Of("Published", "公布"), words.Of("Source", "来源")],
            [.. census.History.Select(h => (IReadOnlyList<string>)[words.Day(h.Date) + (h.Date > census.AsOf ? words.Of(" (later)", "（之后）") : ""), words.Part(h.Part), RateText.Show(h.Petaflops, census.Type) + (h.Basis == FigureBasis.Assumed ? ShownTally.Mark : ""), sources.Number(h.Source)])]);
        if (outlook.TrendPerYear is { } trend) yield return new Paragraph(words.Of($"Trend up to the day of the census: {words.Percent(trend)} a year (least squares on logarithms).", $"截至统计日期的趋势：每年 {words.Percent(trend)}（对数最小二乘）。"));
        if (outlook.BackTest is not { } test)
        {
            yield return new Note(words.Of("There are too few totals up to the day of the census for a back-test, so no intervals are given.", "统计日期前的数据太少，无法回测，因此不给出区间。"));
            yield break;
        }
        yield return new Paragraph(words.Of(
            $"Back-test: from what was known at a time, the later totals were foretold with a mean error of {words.Percent(test.MeanAbsoluteError)} ({test.Points.Count} forecasts). Intervals below hold 80 of 100 if errors go on as these.",
            $"回测：用当时已知的数据预测之后的总量，平均误差 {words.Percent(test.MeanAbsoluteError)}（{test.Points.Count} 次预测）。下文区间在误差保持如此时的覆盖率为 80%。"));
        yield return new ReportTable(
            [words.Of("Known until", "已知截至"), words.Of("Foretold for", "预测日期"), words.Of("Foretold", "预测"), words.Of("Came", "实际"), words.Of("Error", "误差")],
            [.. test.Points.Select(p => Row(words.Day(p.Origin), words.Day(p.Date), (decimal)p.Forecast, (decimal)p.Actual, p.Error))]);
        if (outlook.Since.Count == 0) yield break;
        yield return new Paragraph(words.Of("What was published since, beside the first growth below from the day of the census on; it was not used.", "统计日期之后公布的数字，与下文第一种增速的预测相比；未用于预测。"));
        yield return new ReportTable(
            [words.Of("Date", "日期"), words.Of("Foretold", "预测"), words.Of("Came", "实际"), words.Of("Error", "误差")],
            [.. outlook.Since.Select(s => (IReadOnlyList<string>)[.. Row("", words.Day(s.Came.Date), (decimal)s.ForetoldPetaflops, s.Came.Petaflops, s.Error).Skip(1)])]);

        IReadOnlyList<string> Row(string origin, string day, decimal foretold, decimal came, double error) =>
            [origin, day, RateText.Show(foretold, census.Type), RateText.Show(came, census.Type), (error >= 0 ? "+" : "−") + words.Percent(Math.Abs(error))];
    }

    public static IEnumerable<ReportBlock> Target(TargetOutlook each, ReportWords words, SourceList sources)
    {
        var target = each.Target;
        yield return new Bullets([.. Facts(each, words)]);
        if (each.Scenarios.Count > 0)
            yield return new ReportTable(
                [words.Of("Growth", "增速情景"), words.Of("A year", "每年"), words.Of("Reached", "达到日期"), words.Of("80 % interval", "80% 区间"), words.Of($"By {words.Day(target.By)}", $"到{words.Day(target.By)}"), words.Of("80 % interval", "80% 区间")],
                [.. each.Scenarios.Select(s => (IReadOnlyList<string>)
                [
                    words.Growth(s.Name) + Mark(s.Basis, words), words.Percent(s.PerYear), words.Day(s.Reached), s.HasInterval ? words.Days(s.Earliest, s.Latest) : "–",
                    Amount(each, s.AtDeadline, words), s.HasInterval ? words.Between(Amount(each, s.AtDeadlineLow, words), Amount(each, s.AtDeadlineHigh, words)) : "–",
                ])]);
        else if (!each.Met) yield return new Note(words.Of("When it is reached is not foretold: no growth of this part was published or assumed.", "没有这一部分的增速数据，因此不预测达到日期。"));
        if (each.Scenarios.Count > 0) yield return new Note(words.Of("Growth: ", "增速：") + string.Join(words.Of("; ", "；"), each.Scenarios.Select(s => $"{words.Growth(s.Name)}{words.Of(": ", "：")}{From(s)}")));
        yield return new Note($"{words.Of("Source", "来源")}{words.Of(": ", "：")}{sources.Number(target.Source)} {sources.Text(target.Source)}");

        string From(Scenario s) => s.Name switch
        {
            "trend" => words.Of(s.Source, "截至统计日期公布的总量，对数最小二乘"),
            "latest year" => words.Of(s.Source, "最近一年公布的总量"),
            _ => sources.Number(s.Source) + (s.WholePerYear is { } whole ? words.Of($", against {words.Percent(whole)} a year of the whole", $"，总量每年 {words.Percent(whole)}") : ""),
        };
    }

    private static IEnumerable<string> Facts(TargetOutlook each, ReportWords words)
    {
        yield return Short(each, words);
        if (each.Met) yield break;
        var missing = RateText.Show(each.MissingPetaflops, each.Type);
        yield return each.Target.Share is null
            ? words.Of($"Missing: {missing}.", $"差距：{missing}。")
            : words.Of($"{missing} more of it would do, if nothing else were added.", $"若其他不变，再增加 {missing} 即可达到。");
        if (each.NeededPerYear is { } needed) yield return words.Of($"Reached in time with {words.Percent(needed)} a year.", $"按期达到需要每年增长 {words.Percent(needed)}。");
        if (each.ComingPetaflops > 0)
            yield return words.Of($"Under construction or planned until then: {RateText.Show(each.ComingPetaflops, each.Type)}.", $"届时在建和规划的算力：{RateText.Show(each.ComingPetaflops, each.Type)}。");
        if (each.Equivalents.Count > 0)
            yield return words.Of("What is missing is as much as ", "差距相当于 ") + string.Join(words.Of(", or ", "，或 "), each.Equivalents.Select(e =>
                words.Of($"{e.Count:N0} {e.Model}", $"{e.Count:N0} 张 {e.Model}") + (e.Megawatts is { } mw ? words.Of($" ({mw:N0} MW)", $"（{mw:N0} MW）") : ""))) + words.Of(", at their nominal rates.", "（按标称算力）。");
    }

    private static TimeChart Chart(CensusDocument census, CensusOutlook outlook, ReportWords words)
    {
        var whole = census.History.Where(h => h.Part == Part.Whole).ToList();
        var (unit, size) = RateText.UnitOf(whole.Count > 0 ? whole.Max(h => h.Petaflops) : 1, census.Type);
        var target = outlook.Targets.FirstOrDefault(t => t.Target.Petaflops is not null && t.Target.Part == Part.Whole);
        var lines = new List<TimeLine> { new(words.Of("published", "公布"), [.. whole.Where(h => h.Date <= census.AsOf).Select(Point)]) };
        if (whole.Any(h => h.Date > census.AsOf)) lines.Add(new(words.Of("published later", "之后公布"), [.. whole.Where(h => h.Date >= census.AsOf).Select(Point)]));
        var until = target?.Target.By ?? census.AsOf.AddYears(2);
        var has = (double)(census.Petaflops(census.Type, FacilityStatus.Built, Part.Whole) / size);
        foreach (var scenario in target?.Scenarios.Take(3) ?? [])
            lines.Add(new($"{words.Growth(scenario.Name)}{Mark(scenario.Basis, words)} {words.Percent(scenario.PerYear)}", [.. Course(census.AsOf, until, has, scenario.PerYear)]));
        return new(
            words.Of($"Computing built ({RateText.Name(census.Type)})", $"已建算力（{RateText.Name(census.Type)}）"), unit, lines,
            target is null ? null : (double)(target.Target.Petaflops!.Value / size), target is null ? "" : words.Of(target.Target.Name) + words.Of(" (target)", "（目标）"));

        (double Year, double Value) Point(HistoryPoint h) => (YearOf(h.Date), (double)(h.Petaflops / size));
    }

    private static IEnumerable<(double Year, double Value)> Course(DateOnly from, DateOnly until, double has, double perYear)
    {
        const int Steps = 24;
        for (var i = 0; i <= Steps; i++)
        {
            var day = from.AddDays((until.DayNumber - from.DayNumber) * i / Steps);
            yield return (YearOf(day), has * Math.Pow(1 + perYear, (day.DayNumber - from.DayNumber) / Observed.DaysPerYear));
        }
    }

    private static double YearOf(DateOnly day) => day.Year + (day.DayOfYear / (DateTime.IsLeapYear(day.Year) ? 366.0 : 365.0));

    private static double Wanted(Census.Target target) => target.Petaflops is { } p ? (double)p : target.Share!.Value;

    private static string Amount(TargetOutlook each, double value, ReportWords words) => each.Target.Share is null ? RateText.Show((decimal)value, each.Type) : words.Percent(value);

    private static string Mark(FigureBasis basis, ReportWords words) => basis == FigureBasis.Assumed ? words.Of(" (assumed)", "（假设）") : "";
}
