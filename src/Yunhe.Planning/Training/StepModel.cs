using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training;

/// <summary>Time of one optimizer step. For many layouts of one job keep a <see cref="StageCosts"/> instead: the result is the same.</summary>
public static class StepModel
{
    public static StepTime Estimate(TrainingJob job, in Parallelism layout, Cluster cluster, CalibrationProfile profile) =>
        new StageCosts(job, layout, cluster, profile).Step(layout);
}

/// <summary>Peak memory of the fullest device.</summary>
public static class MemoryModel
{
    public static DeviceMemory Estimate(TrainingJob job, in Parallelism layout, Cluster cluster, CalibrationProfile profile) =>
        new StageCosts(job, layout, cluster, profile).Bytes(layout);
}
