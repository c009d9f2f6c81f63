using System.Globalization;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

/// <summary>How sure a plan is, by how far published runs lie from what is predicted for them.</summary>
internal static class Certainty
{
    public static Range Days(TrainingQuestion question, Cluster cluster, double days)
    {
        var spread = Step(question, cluster);
        return new(days * spread.Low, days, days * spread.High);
    }

    public static string Words(TrainingQuestion question, Cluster cluster, DeviceMemory memory)
    {
        var known = ShippedCalibration.Knows(cluster.Accelerator, question.Stack);
        var (step, bytes) = (Step(question, cluster), PredictionSpread.Memory(known));
        var words = string.Create(CultureInfo.InvariantCulture,
            $"80 of 100 measured steps lie between {step.Low:0.00} and {step.High:0.00} of the predicted ({step.Runs} published runs {(question.Job.Model.Experts > 0 ? "with experts" : "of dense models")}, {(known ? "this accelerator and software among them" : "software not named or not measured here")})");
        var has = DeviceBytes.Usable(cluster.Accelerator);
        return memory.Total * bytes.High <= has ? words : words + string.Create(CultureInfo.InvariantCulture,
            $"; memory may turn out short: measured peaks lie between {bytes.Low:0.00} and {bytes.High:0.00} of the predicted, which is {100 * memory.Total / has:0} % of what a device has");
    }

    private static PredictionSpread Step(TrainingQuestion question, Cluster cluster) =>
        PredictionSpread.Step(question.Job.Model.Experts > 0, ShippedCalibration.Knows(cluster.Accelerator, question.Stack));
}
