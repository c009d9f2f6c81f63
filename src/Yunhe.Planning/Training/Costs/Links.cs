using Yunhe.Planning.Clusters;

namespace Yunhe.Planning.Training.Costs;

/// <summary>Effective bandwidths of a cluster, bytes per second and device, and how groups of devices lie in it.</summary>
internal readonly record struct Links(double Up, double Out, int Domain, double HopSeconds)
{
    public static Links Of(Cluster cluster, Calibration.CalibrationProfile profile) => new(
        cluster.ScaleUpGBPerSecond * 1e9 * profile[Calibration.Constant.ScaleUpEfficiency],
        cluster.ScaleOutGbitPerSecond * 1e9 / 8 * profile[Calibration.Constant.ScaleOutEfficiency],
        Math.Max(1, cluster.ScaleUpDomain),
        profile[Calibration.Constant.HopUs] * 1e-6);

    /// <summary>How many of a group share one scale-up domain when neighbours in the group are so many devices apart.</summary>
    public int Members(int group, int stride) => Math.Min(group, Math.Max(1, Domain / stride));

    /// <summary>Of a ring over a group: a domain's links beyond it serve all of the group's members in it together.</summary>
    public double Ring(int group, int stride)
    {
        var members = Members(group, stride);
        return members == group ? Up : Math.Min(Up, Out * members);
    }

    /// <summary>Seconds of a reduce-scatter or an all-gather of so many bytes (the whole, not a share).</summary>
    public double Scatter(double bytes, int group, int stride)
    {
        if (group == 1) return 0;
        var domains = group / Members(group, stride);
        return bytes * (group - 1) / group / Ring(group, stride) + HopSeconds * (1 + domains);
    }

    /// <summary>
    /// Seconds to send each token's bytes to so many experts spread over a group: once to every other domain that holds one of them,
    /// and within a domain to each.
    /// </summary>
    public double Dispatch(double bytes, int experts, int group)
    {
        if (group == 1) return 0;
        double members = Members(group, 1), domains = group / members;
        var reached = (domains - 1) * (1 - Math.Pow(1 - 1 / domains, experts));
        return bytes * (experts * (members - 1) / members / Up + reached / Out) + HopSeconds * (1 + domains);
    }

    public double Send(double bytes, bool beyondDomain) => bytes / (beyondDomain ? Out : Up) + HopSeconds;
}
