namespace Yunhe.Planning.Training.Calibration;

/// <summary>Constants of one accelerator under one software stack, and what that stack does.</summary>
public sealed class CalibrationProfile
{
    private readonly double[] values;

    public CalibrationProfile(string name, SoftwareStack stack, IReadOnlyList<double> values)
    {
        Name = name;
        Stack = stack;
        this.values = [.. values];
    }

    public string Name { get; }

    public SoftwareStack Stack { get; }

    public double this[Constant constant] => values[(int)constant];
}
