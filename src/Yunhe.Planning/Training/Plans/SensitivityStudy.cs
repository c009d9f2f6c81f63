using System.Globalization;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;

namespace Yunhe.Planning.Training.Plans;

/// <summary>One thing changed at a time, the layout searched anew.</summary>
internal static class SensitivityStudy
{
    public static List<Sensitivity> Of(TrainingQuestion question, Reckoning best)
    {
        var cluster = best.Cluster;
        var used = question with { Devices = null };
        var here = cluster with { Devices = best.Devices, StorageGBPerSecond = cluster.StorageGBPerSecond * best.Devices / cluster.Devices };
        var changes = new List<(string Words, TrainingQuestion Question, Cluster Cluster)>
        {
            Network(2), Network(0.5),
            ($"{Gigabytes(here.ScaleUpGBPerSecond / 2)}/s between devices of a node instead of {Gigabytes(here.ScaleUpGBPerSecond)}/s", used, here with { ScaleUpGBPerSecond = here.ScaleUpGBPerSecond / 2 }),
            Memory(2), Memory(0.5),
            Storage(4), Storage(0.25),
            Devices(2), Devices(0.5),
            Failures(2), Failures(0.5),
        };
        if (question.Job.Precision == DataType.Bf16 && cluster.Accelerator.Peak(DataType.Fp8) is not null)
            changes.Add(("FP8 instead of BF16", used with { Job = question.Job with { Precision = DataType.Fp8 } }, here));
        return [.. changes.Where(c => c.Cluster.Devices >= 1).Select(c => Change(c.Words, c.Question, c.Cluster, best))];

        (string, TrainingQuestion, Cluster) Network(double factor) =>
            ($"{here.ScaleOutGbitPerSecond * factor:0.#} Gbit/s network instead of {here.ScaleOutGbitPerSecond:0.#}", used, here with { ScaleOutGbitPerSecond = here.ScaleOutGbitPerSecond * factor });
        (string, TrainingQuestion, Cluster) Memory(double factor) =>
            ($"{Gigabytes(here.Accelerator.MemoryGB * factor)} of memory instead of {Gigabytes(here.Accelerator.MemoryGB)}", used,
                here with { Accelerator = here.Accelerator with { MemoryGB = here.Accelerator.MemoryGB * factor } });
        (string, TrainingQuestion, Cluster) Storage(double factor) =>
            ($"{Gigabytes((here.StorageGBPerSecond ?? 1) * factor)}/s of storage instead of {Gigabytes(here.StorageGBPerSecond ?? 1)}/s", used, here with { StorageGBPerSecond = (here.StorageGBPerSecond ?? 1) * factor });
        (string, TrainingQuestion, Cluster) Devices(double factor) =>
            ($"{(int)(here.Devices * factor):N0} device{((int)(here.Devices * factor) == 1 ? "" : "s")} instead of {here.Devices:N0}", used, here with { Devices = (int)(here.Devices * factor), StorageGBPerSecond = here.StorageGBPerSecond * factor });
        (string, TrainingQuestion, Cluster) Failures(double factor) =>
            ($"{(factor > 1 ? "twice" : "half")} as many failures", used with { Reliability = used.Reliability with { FailuresPerThousandNodeDays = used.Reliability.FailuresPerThousandNodeDays * factor } }, here);
    }

    private static Sensitivity Change(string words, TrainingQuestion question, Cluster cluster, Reckoning best)
    {
        var (done, _) = Reckoning.Of(question, cluster, keep: 1);
        return new(words, done?.TotalDays, done is null ? null : 100 * ((done.TotalDays / best.TotalDays) - 1),
            done is null ? "it no longer fits" : done.Best.Layout == best.Best.Layout ? "" : LayoutWords.Of(done.Best.Layout));
    }

    private static string Gigabytes(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.##} GB");
}
