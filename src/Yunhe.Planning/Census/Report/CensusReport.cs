using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census.Outlook;

namespace Yunhe.Planning.Census.Report;

/// <summary>The report on the state of computing: a census in words, tables and charts, every figure with its source or its assumption.</summary>
public static class CensusReport
{
    /// <summary>Facilities are listed one by one up to so many.</summary>
    private const int MostListed = 60;

    private const int MostBars = 16;

    public static ReportDocument Of(CensusDocument census, ReportWords words)
    {
        var outlook = CensusOutlook.Of(census);
        var sources = new SourceList(census, words);
        var sections = new List<ReportSection>
        {
            new(words.Of("At a glance", "概览"), [.. Summary(census, outlook, words)]),
            new(words.Of("Capacity", "算力规模"), [.. Capacity(census, words)]),
        };
        Add(words.Of("What was published, and how the census adds up to it", "公布的总量与核对"), Totals(census, words, sources));
        if (census.History.Count > 0) Add(words.Of("Growth", "增长"), OutlookSections.Growth(census, outlook, words, sources));
        foreach (var target in outlook.Targets) Add(words.Of($"Target: {target.Target.Name.English}", $"目标：{target.Target.Name.Chinese}"), OutlookSections.Target(target, words, sources));
        Add(words.Of("Energy", "能效"), Energy(census, words));
        Add(words.Of("Measured beside nominal", "实测与标称"), Measured(census, words));
        Add(words.Of("Use", "使用情况"), Use(census, words));
        if (census.Facilities.Count <= MostListed) Add(words.Of("Facilities", "算力中心明细"), Listed(census, words, sources));
        Add(words.Of("Assumptions", "假设"), Assumptions(census, words, sources));
        sources.Number(words.Of("Catalogue of accelerators and processors: yunhe census catalogue", "加速卡与处理器目录：yunhe census catalogue"));
        Add(words.Of("Sources", "来源"), [new Bullets(sources.Lines)]);
        return new(words.Of(census.Title), words.Language, [.. Facts(census, words)], sections);

        void Add(string title, IEnumerable<ReportBlock> blocks)
        {
            var all = blocks.ToList();
            if (all.Count > 0) sections.Add(new(title, all));
        }
    }

    private static IEnumerable<(string Term, string Text)> Facts(CensusDocument census, ReportWords words)
    {
        if (census.Place.English.Length > 0) yield return (words.Of("Of", "范围"), words.Of(census.Place));
        yield return (words.Of("Day of the census", "统计日期"), words.Day(census.AsOf));
        yield return (words.Of("Data types", "数据类型"), string.Join(words.Of(", ", "、"), Tally.TypesOf(census.Facilities).Select(RateText.Name)));
        yield return (words.Of("Rates", "口径"), words.Of("dense, nominal where nothing else is said; rates of different data types are never added", "稠密算力，未注明处为标称值；不同数据类型的算力不相加"));
        yield return (words.Of("Mark", "标记"), words.Of($"{ShownTally.Mark} rests on an assumption, in part or in whole", $"{ShownTally.Mark} 部分或全部依据假设"));
    }

    private static IEnumerable<ReportBlock> Summary(CensusDocument census, CensusOutlook outlook, ReportWords words)
    {
        var items = new List<string>();
        foreach (var type in Tally.TypesOf(census.Facilities))
        {
            var kinds = ShownTally.Of(Tally.Take(census, Dimension.Kind, type));
            if (kinds.Total.Row.BuiltPetaflops == 0) continue;
            var shares = string.Join(words.Of(", ", "，"), kinds.Rows.Where(r => r.Row.BuiltPetaflops > 0).Select(r => $"{words.Key(Dimension.Kind, r.Row.Key)} {words.Cell(r.Share)}"));
            items.Add(words.Of($"Built: {kinds.Total.Built} {kinds.Unit} of {RateText.Name(type)} ({shares}).", $"已建算力 {kinds.Total.Built} {kinds.Unit}（{RateText.Name(type)}；{shares}）。"));
            if (kinds.Total.Row.UnderConstructionPetaflops > 0) items.Add(words.Of($"Under construction: {kinds.Total.UnderConstruction} {kinds.Unit}.", $"在建 {kinds.Total.UnderConstruction} {kinds.Unit}。"));
            if (kinds.Total.Row.PlannedPetaflops > 0) items.Add(words.Of($"Planned: {kinds.Total.Planned} {kinds.Unit}.", $"规划 {kinds.Total.Planned} {kinds.Unit}。"));
        }
        if (census.Facilities.Where(f => f.Status == FacilityStatus.Built).Sum(f => f.DataCentres) is > 0 and var centres) items.Add(words.Of($"Data centres built: {centres}.", $"已建数据中心 {centres} 个。"));
        foreach (var each in outlook.Targets) items.Add(OutlookSections.Short(each, words));
        if (WeightedPue.Of(census.Facilities) is { } pue) items.Add(words.Of($"PUE {pue.Pue:0.00}, weighted by power.", $"按功率加权的 PUE 为 {pue.Pue:0.00}。"));
        yield return new Bullets(items);
    }

    private static IEnumerable<ReportBlock> Capacity(CensusDocument census, ReportWords words)
    {
        var dimensions = census.Level switch
        {
            CensusLevel.Country => new[] { Dimension.Kind, Dimension.Region, Dimension.Province },
            CensusLevel.Province => [Dimension.Kind, Dimension.City],
            CensusLevel.City => [Dimension.Kind, Dimension.Operator],
            _ => [Dimension.Kind, Dimension.Region, Dimension.Province, Dimension.Operator],
        };
        foreach (var type in Tally.TypesOf(census.Facilities))
            foreach (var by in dimensions)
            {
                var tally = Tally.Take(census, by, type);
                if (tally.Rows.Count == 0 || (by != Dimension.Kind && (tally.Rows.Count == 1 || tally.Rows.All(r => r.Key.Length == 0)))) continue;
                foreach (var block in Breakdown(tally, words)) yield return block;
            }
    }

    private static IEnumerable<ReportBlock> Breakdown(Tally tally, ReportWords words)
    {
        var (shown, centres) = (ShownTally.Of(tally), tally.Total.DataCentres > 0);
        var title = words.Of($"{RateText.Name(tally.Type)} by {words.By(tally.By).ToLowerInvariant()}, {shown.Unit}", $"按{words.By(tally.By)}的 {RateText.Name(tally.Type)} 算力（{shown.Unit}）");
        if (tally.By != Dimension.Kind && tally.Rows.Count(r => r.Key.Length > 0) > 1)
        {
            var size = RateText.UnitOf(Math.Max(tally.Total.BuiltPetaflops, Math.Max(tally.Total.UnderConstructionPetaflops, tally.Total.PlannedPetaflops)), tally.Type).Petaflops;
            yield return new BarChart(title, shown.Unit, words.Status(FacilityStatus.Built), words.Of("under construction or planned", "在建和规划"), [.. tally.Rows.Where(r => r.Key.Length > 0).Take(MostBars).Select(r => new Bar(
                words.Key(tally.By, r.Key) + (r.Assumed.Count > 0 ? ShownTally.Mark : ""), (double)(r.BuiltPetaflops / size), (double)((r.UnderConstructionPetaflops + r.PlannedPetaflops) / size), r.Assumed.Count > 0))]);
        }
        else yield return new Paragraph(title);
        var (coming, planned) = (tally.Total.UnderConstructionPetaflops > 0, tally.Total.PlannedPetaflops > 0);
        string[] headings =
        [
            words.By(tally.By), words.Of("Rank", "排名"), words.Of("Built", "已建"), words.Of("Share", "占比"), .. coming ? [words.Of("Under construction", "在建")] : (string[])[],
            .. planned ? [words.Of("Planned", "规划")] : (string[])[], .. centres ? [words.Of("Data centres", "数据中心")] : (string[])[],
        ];
        yield return new ReportTable(headings, [.. shown.Rows.Append(shown.Total).Select((r, i) => (IReadOnlyList<string>)
        [
            i == shown.Rows.Count ? words.Of("Total", "合计") : words.Key(tally.By, r.Row.Key), r.Row.Rank > 0 ? $"{r.Row.Rank}" : "–", words.Cell(r.Built), words.Cell(r.Share), .. coming ? (string[])[words.Cell(r.UnderConstruction)] : [],
            .. planned ? (string[])[words.Cell(r.Planned)] : [],
            .. centres ? (string[])[r.Row.DataCentres > 0 ? $"{r.Row.DataCentres}" : "–"] : [],
        ])], HasTotal: true);
    }

    private static IEnumerable<ReportBlock> Totals(CensusDocument census, ReportWords words, SourceList sources)
    {
        if (census.Totals.Count == 0) yield break;
        yield return new ReportTable(
            [words.Of("Of", "范围"), words.Of("Published", "公布"), words.Of("The rows add up to", "明细合计"), words.Of("Source", "来源")],
            [.. census.Totals.Select(t => (IReadOnlyList<string>)
            [
                $"{words.Part(t.Part, t.Status)}{words.Of(", ", "，")}{(t.Petaflops is null ? words.Of("data centres", "数据中心个数") : RateText.Name(t.Type))}",
                Both(t.Petaflops is { } p ? (t.AtLeast ? words.Of("more than ", "超过 ") : "") + RateText.Show(p, t.Type) : "", t.DataCentres, words),
                Both(t.Petaflops is null ? "" : RateText.Show(census.Petaflops(t.Type, t.Status, t.Part), t.Type),
                    t.DataCentres is null ? null : census.Facilities.Where(f => f.Status == t.Status && t.Part.Has(f)).Sum(f => f.DataCentres), words),
                sources.Number(t.Source),
            ])]);
    }

    private static string Both(string rate, int? centres, ReportWords words) => centres is not { } n ? rate : (rate.Length > 0 ? rate + words.Of(", ", "，") : "") + words.Of($"{n} data centres", $"{n} 个数据中心");

    private static IEnumerable<ReportBlock> Energy(CensusDocument census, ReportWords words)
    {
        if (WeightedPue.Of(census.Facilities) is not { } pue) yield break;
        var built = census.Facilities.Count(f => f.Status == FacilityStatus.Built);
        yield return new Paragraph(words.Of(
            $"PUE {pue.Pue:0.000}, weighted by the power of the computers ({Number(pue.ItKilowatts)} kW), over the {pue.Facilities} of {built} rows that state both.",
            $"PUE 为 {pue.Pue:0.000}，按 IT 功率（{Number(pue.ItKilowatts)} kW）加权，覆盖同时给出两项的 {pue.Facilities} 条（共 {built} 条已建）。"));
    }

    private static IEnumerable<ReportBlock> Measured(CensusDocument census, ReportWords words)
    {
        var rows = census.Facilities.SelectMany(f => f.Capacity.Where(c => c.MeasuredPetaflops is not null).Select(c => (f, c, Type: RateText.TypeOf(c.Type)!.Value))).ToList();
        if (rows.Count == 0) yield break;
        yield return new ReportTable(
            [words.Of("Facility", "算力中心"), words.Of("Data type", "数据类型"), words.Of("Nominal", "标称"), words.Of("Measured", "实测"), words.Of("Of nominal", "占标称")],
            [.. rows.Select(r => (IReadOnlyList<string>)[words.Name(census, r.f), RateText.Name(r.Type), RateText.Show(r.c.NominalPetaflops, r.Type), RateText.Show(r.c.MeasuredPetaflops!.Value, r.Type),
                words.Percent((double)(r.c.MeasuredPetaflops!.Value / r.c.NominalPetaflops))])]);
        yield return new Note(words.Of("Measured by matrix products that ran as jobs, carried over from the nodes measured to all of their pool.", "实测值来自以作业方式运行的矩阵乘，由被测节点推算到整个资源池。"));
    }

    private static IEnumerable<ReportBlock> Use(CensusDocument census, ReportWords words)
    {
        if (census.Use is not { } use) yield break;
        yield return new ReportTable(
            [words.Of("Site", "算力中心"), words.Of("Core hours", "核时"), words.Of("Utilisation", "利用率"), words.Of("Accelerator hours", "卡时"), words.Of("Utilisation", "利用率"), words.Of("Delivered", "交付算力")],
            [.. use.Sites.Append(use.Total).Select((s, i) => (IReadOnlyList<string>)
            [
                i == use.Sites.Count ? words.Of("Total", "合计") : s.Site, Number(s.CoreHours), s.CoreUtilisation is { } c ? words.Percent(c) : "–", Number(s.AcceleratorHours), s.AcceleratorUtilisation is { } a ? words.Percent(a) : "–",
                s.PetaflopHours.Count == 0 ? "–" : string.Join(words.Of(", ", "，"), s.PetaflopHours.Select(h => $"{Number(h.PetaflopHours * 1000)} T{RateText.Suffix(RateText.TypeOf(h.Type)!.Value)}·h {h.Type.ToUpperInvariant()}")),
            ])], HasTotal: true);
        yield return new Note(words.Of(
            $"From the metering, {use.From.UtcDateTime:yyyy-MM-dd HH:mm} to {use.To.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Delivered is what was held at its nominal rate times the hours; all nodes are taken to have been there the whole time.",
            $"来自计量，{use.From.UtcDateTime:yyyy-MM-dd HH:mm} 至 {use.To.UtcDateTime:yyyy-MM-dd HH:mm}（UTC）。交付算力为占用资源的标称算力乘以小时数；按所有节点全程在线计算。"));
    }

    private static IEnumerable<ReportBlock> Listed(CensusDocument census, ReportWords words, SourceList sources)
    {
        yield return new ReportTable(
            [words.Of("Name", "名称"), words.Of("Kind", "类别"), words.Of("Status", "状态"), words.Of("Place", "地点"), words.Of("Capacity", "算力"), words.Of("Basis", "依据"), words.Of("Source", "来源")],
            [.. census.Facilities.Select(f => (IReadOnlyList<string>)
            [
                words.Name(census, f), words.Kind(f.Kind), words.Status(f.Status) + (f.Date is { } d ? $" {words.Day(d)}" : ""),
                string.Join(' ', new[] { words.Key(Dimension.Region, f.Place.Region), words.Key(Dimension.Province, f.Place.Province), words.Key(Dimension.City, f.Place.City) }.Where((_, i) => (i switch { 0 => f.Place.Region, 1 => f.Place.Province, _ => f.Place.City }).Length > 0)),
                string.Join(words.Of(", ", "，"), f.Capacity.Select(c => $"{RateText.Show(c.NominalPetaflops, RateText.TypeOf(c.Type)!.Value)} {c.Type.ToUpperInvariant()}")), words.Basis(f.Basis), sources.Number(f.Source),
            ])]);
    }

    private static IEnumerable<ReportBlock> Assumptions(CensusDocument census, ReportWords words, SourceList sources)
    {
        var items = census.Assumptions.Select(words.Of).Concat(census.Facilities.Where(f => f.Basis == FigureBasis.Assumed).Select(f => f.Source).Distinct().Select(s => $"{sources.Number(s)} {sources.Text(s)}")).ToList();
        if (items.Count > 0) yield return new Bullets(items);
        // Named once more, where no list of facilities has.
        foreach (var source in census.Facilities.Select(f => f.Source).Distinct()) sources.Number(source);
    }

    /// <summary>Two decimals, or the first two digits of what is less.</summary>
    private static string Number(double value) => value is > 0 and < 0.1
        ? ((decimal)value).ToString("0." + new string('#', (int)Math.Min(12, Math.Ceiling(-Math.Log10(value)) + 1)), CultureInfo.InvariantCulture)
        : value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
