namespace Yunhe.Cli.Work.Training;

/// <summary>Adam (Kingma and Ba 2015), after the gradient was cut to a norm of at most 1.</summary>
internal static class Adam
{
    private const float Decay1 = 0.9f;
    private const float Decay2 = 0.99f;
    private const float Epsilon = 1e-8f;
    private const double MaxNorm = 1;
    private const int WarmUp = 20;

    public static void Step(TrainingState state, ReadOnlySpan<float> gradient, float rate)
    {
        var step = state.Step + 1;
        var cut = Cut(gradient);
        var (due1, due2) = (1 - Power(Decay1, step), 1 - Power(Decay2, step));
        var size = (float)(rate * Math.Min(1.0, (double)step / WarmUp) / due1);
        var root = (float)(1 / due2);
        for (var i = 0; i < state.Weights.Length; i++)
        {
            var g = gradient[i] * cut;
            var first = state.First[i] = Decay1 * state.First[i] + (1 - Decay1) * g;
            var second = state.Second[i] = Decay2 * state.Second[i] + (1 - Decay2) * g * g;
            state.Weights[i] -= size * first / (MathF.Sqrt(second * root) + Epsilon);
        }
        state.Step = step;
    }

    private static float Cut(ReadOnlySpan<float> gradient)
    {
        double squares = 0;
        foreach (var g in gradient) squares += (double)g * g;
        var norm = Math.Sqrt(squares);
        return norm > MaxNorm ? (float)(MaxNorm / norm) : 1;
    }

    /// <summary>By multiplications alone: the machine's own power differs by processor.</summary>
    private static double Power(double x, int n)
    {
        double power = 1;
        for (; n > 0; n >>= 1, x *= x)
            if ((n & 1) == 1) power *= x;
        return power;
    }
}
