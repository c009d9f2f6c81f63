using System.Globalization;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

/// <summary>Where no layout fits into memory: by how much the leanest one misses, and what would fit.</summary>
internal static class MemoryShort
{
    private const int MostDevices = 1 << 20;

    public static Rejection Explain(TrainingQuestion question, Cluster cluster, CalibrationProfile profile, RankedLayout? leanest)
    {
        if (leanest is null) return new(cluster.Name, $"the rules allow no layout on {question.Devices ?? cluster.Devices:N0} devices", "another number of devices, or another batch");
        var has = DeviceBytes.Usable(cluster.Accelerator);
        var because = string.Create(CultureInfo.InvariantCulture,
            $"memory short by {Gigabytes(leanest.Memory.Total - has)}: the leanest layout ({LayoutWords.Of(leanest.Layout)}) needs {Gigabytes(leanest.Memory.Total)} a device, it has {Gigabytes(has)}");
        var more = EnoughDevices(question, cluster, profile);
        var help = more is { } enough ? $"{enough:N0} of these devices" : "";
        var larger = $"accelerators with {Math.Ceiling(leanest.Memory.Total / 1e9):N0} GB";
        return new(cluster.Name, because, help.Length > 0 ? $"{help}, or {larger}" : larger);
    }

    /// <summary>The smallest doubling at which a layout fits; null: none does, since the batch bounds what can be split.</summary>
    private static int? EnoughDevices(TrainingQuestion question, Cluster cluster, CalibrationProfile profile)
    {
        // Micro-batches of one sequence with everything recomputed are the leanest; a search of those alone is fast.
        var lean = question.Limits with { MicroBatch = question.Limits.MicroBatch ?? 1, Recompute = question.Limits.Recompute ?? Recompute.Full };
        for (var devices = (long)(question.Devices ?? cluster.Devices) * 2; devices <= MostDevices; devices *= 2)
        {
            foreach (var count in DeviceCounts.Usable(question.Job, (int)devices, cluster.DevicesPerNode, lean).Take(1))
                if (LayoutSearch.Run(question.Job, cluster with { Devices = count }, profile, count, 1, lean).Best.Count > 0) return count;
        }
        return null;
    }

    private static string Gigabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.#} GB");
}
