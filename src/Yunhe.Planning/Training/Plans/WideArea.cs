using Yunhe.Planning.Clusters;

namespace Yunhe.Planning.Training.Plans;

/// <summary>
/// One run on several sites: each holds the whole model and takes a part of the batch as large as it is fast; the gradients meet over the links between the
/// sites, in each step or, with local steps, once in so many (as in DiLoCo, arXiv 2311.08105).
/// </summary>
internal static class WideArea
{
    private const int MostSites = 5;

    /// <summary>BF16, as is usual across slow links.</summary>
    private const double GradientBytes = 2;

    private const double Tenth = 0.1;
    private const double SecondsPerDay = 86_400;

    public static List<WidePlan> Plan(TrainingQuestion question, IReadOnlyList<(HostCandidate Candidate, Reckoning Reckoning)> hosted)
    {
        // The fastest pool of each site; clusters that are no site count as one each.
        var sites = hosted.GroupBy(h => h.Candidate.Site.Length > 0 ? h.Candidate.Site : h.Candidate.Cluster.Name)
            .Select(g => g.MinBy(h => h.Reckoning.TotalDays)).OrderBy(h => h.Reckoning.StepSeconds).ThenBy(h => h.Candidate.Cluster.Name, StringComparer.Ordinal).ToList();
        var plans = new List<WidePlan>();
        for (var count = 2; count <= Math.Min(MostSites, sites.Count); count++)
            if (Together(question, [.. sites.Take(count)]) is { } plan) plans.Add(plan);
        return plans;
    }

    private static WidePlan? Together(TrainingQuestion question, List<(HostCandidate Candidate, Reckoning Reckoning)> sites)
    {
        // 1. Parts of the batch by speed, then each site's best layout for its part.
        var batches = Split(question.Job.GlobalBatch, [.. sites.Select(s => 1 / s.Reckoning.StepSeconds)]);
        if (batches.Any(b => b < 1)) return null;
        var parts = sites.Zip(batches, (site, batch) => Reckoning.Of(question with { Job = question.Job with { GlobalBatch = batch } }, site.Candidate.Cluster, keep: 1).Done).ToList();
        if (parts.Any(p => p is null)) return null;

        // 2. A ring over the slowest link: all of the gradients out and in, less each site's own part.
        var link = sites.Min(s => s.Candidate.LinkGbitPerSecond);
        var roundTrip = sites.Max(s => s.Candidate.LinkRoundTripMs);
        var count = sites.Count;
        var bits = 2.0 * (count - 1) / count * question.Job.Model.Parameters * GradientBytes * 8;
        var delay = 2 * (count - 1) * roundTrip / 1000;
        var exchange = (bits / (link * 1e9)) + delay;
        var compute = parts.Max(p => p!.StepSeconds);
        var step = compute + (exchange / question.LocalSteps);

        // 3. A failure anywhere stops all.
        var steps = question.Tokens / ((double)question.Job.GlobalBatch * question.Job.SequenceLength);
        var goodput = parts.Aggregate(1.0, (all, p) => all * p!.Checkpoints.Goodput);
        var days = steps * step / SecondsPerDay / goodput;
        var costs = parts.Select(p => Power.Cost(p!.Cluster, p.Devices, days)).ToList();
        var room = Tenth * compute;
        return new()
        {
            Names = [.. sites.Select(s => s.Candidate.Cluster.Name)],
            Batches = batches,
            Layouts = [.. parts.Select(p => LayoutWords.Of(p!.Best.Layout))],
            Devices = parts.Sum(p => p!.Devices),
            LinkGbit = link,
            RoundTripMs = roundTrip,
            LocalSteps = question.LocalSteps,
            ExchangeSeconds = exchange,
            StepSeconds = step,
            TotalDays = days,
            Cost = costs.Any(c => c is null) ? null : costs.Sum(),
            OverBestAlone = days / sites.Min(s => s.Reckoning.TotalDays),
            LinkGbitForTenth = (room * question.LocalSteps) - delay is > 0 and var left ? bits / 1e9 / left : null,
            LocalStepsForTenth = (int)Math.Min(int.MaxValue, Math.Ceiling(exchange / room)),
        };
    }

    /// <summary>In proportion, in multiples of a power of two that leaves each site at least eight, so that layouts divide the parts.</summary>
    private static List<int> Split(int batch, IReadOnlyList<double> speeds)
    {
        var all = speeds.Sum();
        var smallest = batch * speeds.Min() / all;
        var multiple = 1;
        while (multiple * 2 * 8 <= smallest && batch % (multiple * 2) == 0) multiple *= 2;
        var parts = speeds.Select(s => (int)(Math.Floor(batch * s / all / multiple) * multiple)).ToList();
        // What rounding left goes to the fastest.
        parts[0] += batch - parts.Sum();
        return parts;
    }
}
