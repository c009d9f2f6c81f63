using System.Globalization;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Plans;

/// <summary>How far off a predicted step is: 80 of 100 runs lie between it over and it times <see cref="Factor"/>.</summary>
internal readonly record struct PredictionError(double Factor, string Words)
{
    private const double Dense = 1.20;
    private const double WithExperts = 1.35;

    public static PredictionError Of(LanguageModel model, CalibrationProfile profile)
    {
        var factor = model.Experts > 0 ? WithExperts : Dense;
        return new(factor, string.Create(CultureInfo.InvariantCulture, $"{(model.Experts > 0 ? "mixture of experts" : "dense")}, {profile.Name}: 80 of 100 runs within {100 * (1 - (1 / factor)):0} % less to {100 * (factor - 1):0} % more time"));
    }
}
