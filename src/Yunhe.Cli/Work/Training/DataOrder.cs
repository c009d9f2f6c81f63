namespace Yunhe.Cli.Work.Training;

/// <summary>Which sequences a step takes: every one of the text once in an epoch, each epoch in an order of its own.</summary>
internal sealed class DataOrder(int sequences)
{
    /// <summary>Any number: another stream than the one that shuffles.</summary>
    private const ulong Other = 0x5DEECE66D;

    private int[] order = [];
    private ulong? shuffledBy;

    /// <summary>Numbers of the sequences of the next step. The state is changed by <see cref="Advance"/> only, once the step is done.</summary>
    public int[] Next(TrainingState state, int batch) => Take(state, batch).Batch;

    public void Advance(TrainingState state, int batch) => (_, state.Random, state.Taken) = Take(state, batch);

    private (int[] Batch, ulong Random, int Taken) Take(TrainingState state, int batch)
    {
        var (random, taken, all) = (state.Random, state.Taken, new int[batch]);
        for (var i = 0; i < batch; i++)
        {
            if (taken == sequences) (random, taken) = (new SplitMix(random ^ Other).Next(), 0);
            all[i] = OrderOf(random)[taken++];
        }
        return (all, random, taken);
    }

    /// <summary>Fisher and Yates' shuffle.</summary>
    private int[] OrderOf(ulong state)
    {
        if (shuffledBy == state) return order;
        order = [.. Enumerable.Range(0, sequences)];
        var random = new SplitMix(state);
        for (var i = sequences - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        shuffledBy = state;
        return order;
    }
}
