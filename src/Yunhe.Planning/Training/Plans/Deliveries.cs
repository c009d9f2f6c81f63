using Yunhe.Planning.Training.Failures;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

/// <summary>What network and storage must deliver for a layout: the least at which more would hardly help.</summary>
internal static class Deliveries
{
    private const double Slack = 0.05;
    private const double GoodputPoints = 0.01;
    private const double BytesPerToken = 4;

    public static Demands Of(TrainingQuestion question, Reckoning on) => new()
    {
        ScaleOutGbit = Network(question, on),
        StorageGBPerSecond = Storage(question, on),
        InputMBPerSecond = question.Job.GlobalBatch * (double)question.Job.SequenceLength / on.StepSeconds * BytesPerToken / 1e6,
    };

    private static double? Network(TrainingQuestion question, Reckoning on)
    {
        var layout = on.Best.Layout;
        double Step(double gbit) => StepModel.Estimate(question.Job, layout, on.Cluster with { ScaleOutGbitPerSecond = gbit }, on.Profile).Total;
        const double Most = 1e6, Least = 0.1;
        var enough = (1 + Slack) * Step(Most);
        return Step(Least) <= enough ? null : Smallest(Least, Most, gbit => Step(gbit) <= enough);
    }

    private static double Storage(TrainingQuestion question, Reckoning on)
    {
        double Goodput(double rate) => Checkpointing.Of(question.Job.Model, on.Nodes, rate, question.Reliability).Goodput;
        const double Most = 1e9, Least = 1e-3;
        var enough = Goodput(Most) - GoodputPoints;
        return Smallest(Least, Most, rate => Goodput(rate) >= enough);
    }

    /// <summary>To within a thousandth; what holds at a rate holds at all higher ones.</summary>
    internal static double Smallest(double least, double most, Func<double, bool> holds)
    {
        while (most / least > 1.001)
        {
            var middle = Math.Sqrt(least * most);
            if (holds(middle)) most = middle;
            else least = middle;
        }
        return most;
    }
}
