namespace Yunhe.Cli.Work.Training;

/// <param name="ResumedAt">Steps that had been done when it began; null: it began anew.</param>
internal sealed record TrainingResult(int Steps, int Weights, double Loss, double HeldOutLoss, string Digest, int? ResumedAt);

/// <summary>
/// Data-parallel training of a character-level language model over the nodes of a gang. Each node takes its part of a step's sequences; the
/// gradients are summed up around the ring, and every node takes the same step. The first node reads and writes the checkpoints.
/// </summary>
internal sealed class TrainingRun(TrainingPlan plan, Ring ring, CheckpointFiles? files, int every, Corpus corpus)
{
    private const int HeldOutSequences = 16;
    private readonly Transformer model = new(plan.Shape);
    private readonly DataOrder order = new((corpus.Training.Length - 1) / plan.Shape.Context);

    /// <summary>Buffers of the tree of sums, by depth.</summary>
    private readonly List<float[]> sums = [];

    /// <param name="steps">In all, those before a checkpoint too.</param>
    /// <param name="resumed">Told of the steps that had been done, if it goes on from a checkpoint.</param>
    /// <param name="told">Told of each step and its loss.</param>
    /// <param name="passedOver">Told of each checkpoint that is not whole.</param>
    public async Task<TrainingResult> RunAsync(int steps, Action<int> resumed, Action<int, double> told, Action<string> passedOver, CancellationToken cancel)
    {
        // 1. What the first node knows, all know.
        var found = ring.Rank == 0 ? files?.Read(plan, passedOver) : null;
        var state = CheckpointFiles.Unpack(plan, await ring.BroadcastAsync(CheckpointFiles.Pack(plan, found ?? TrainingState.Begin(plan)), cancel), "what the first node sent");
        int? resumedAt = state.Step > 0 ? state.Step : null;
        if (resumedAt is { } done) resumed(done);

        // 2. Steps.
        double loss = 0;
        var kept = state.Step;
        try
        {
            while (state.Step < steps)
            {
                loss = await StepAsync(state, cancel);
                told(state.Step, loss);
                if (state.Step % every == 0 || state.Step == steps)
                {
                    Keep(state);
                    kept = state.Step;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // A node is gone, or all are asked to end: what was done up to the last whole step need not be done again.
            if (state.Step > kept) Keep(state);
            throw;
        }

        // 3. What came of it.
        return new(state.Step, plan.Shape.Count, loss, HeldOutLoss(state), state.Digest(), resumedAt);
    }

    private void Keep(TrainingState state)
    {
        if (ring.Rank == 0) files?.Write(plan, state);
    }

    /// <summary>The state changes at the end only, and at once.</summary>
    private async Task<double> StepAsync(TrainingState state, CancellationToken cancel)
    {
        var batch = order.Next(state, plan.Batch);
        var (from, to) = (plan.Batch * ring.Rank / ring.Count, plan.Batch * (ring.Rank + 1) / ring.Count);
        var gradient = Sum(state, batch, from, to, 0);
        await ring.AllReduceAsync(gradient, cancel);
        cancel.ThrowIfCancellationRequested();
        var mean = gradient.AsSpan(..plan.Shape.Count);
        foreach (ref var g in mean) g /= plan.Batch;
        order.Advance(state, plan.Batch);
        Adam.Step(state, mean, plan.Rate);
        return gradient[^1] / plan.Batch;
    }

    /// <summary>
    /// The gradients of some sequences, and behind them their loss, summed up as a tree: so a gang of one and one of two, of the same batch, add up
    /// the same pairs and come to the same bits.
    /// </summary>
    private float[] Sum(TrainingState state, int[] batch, int from, int to, int depth)
    {
        if (sums.Count == depth) sums.Add(new float[plan.Shape.Count + 1]);
        var sum = sums[depth];
        if (to - from <= 1)
        {
            Array.Clear(sum);
            if (to > from) sum[^1] = (float)model.Backpropagate(state.Weights, Sequence(corpus.Training, batch[from]), sum);
            return sum;
        }
        var middle = (from + to) / 2;
        Sum(state, batch, from, middle, depth);
        Kernels.AddScaled(sum, Sum(state, batch, middle, to, depth + 1), 1);
        return sum;
    }

    private double HeldOutLoss(TrainingState state) =>
        Enumerable.Range(0, HeldOutSequences).Average(i => model.Loss(state.Weights, Sequence(corpus.HeldOut, i)));

    /// <summary>With the character that follows it.</summary>
    private ReadOnlySpan<byte> Sequence(byte[] text, int number) => text.AsSpan(number * plan.Shape.Context, plan.Shape.Context + 1);
}
