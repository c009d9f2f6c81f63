namespace Yunhe.Cli.Work.Training;

/// <summary>Which sequences a step takes: every one of the text once in an epoch, each epoch in an order of its own.</summary>
internal sealed class DataOrder(int sequences)
{
    private int[] order = [];
    private ulong? shuffledBy;

    /// <summary>Numbers of the sequences of the next step. The state is changed by <see cref="Advance"/> only, once the step is done.</summary>
    public int[] Next(TrainingState state, int batch) => Take(state.EpochRandom, state.Random, state.Taken, batch).Batch;

    public void Advance(TrainingState state, int batch)
    {
        var (_, epoch, random, taken) = Take(state.EpochRandom, state.Random, state.Taken, batch);
        (state.EpochRandom, state.Random, state.Taken) = (epoch, random, taken);
    }

    private (int[] Batch, ulong Epoch, ulong Random, int Taken) Take(ulong epoch, ulong random, int taken, int batch)
    {
        var all = new int[batch];
        for (var i = 0; i < batch; i++)
        {
            if (taken == sequences)
            {
                (epoch, taken) = (random, 0);
                random = After(epoch);
            }
            all[i] = OrderOf(epoch)[taken++];
        }
        return (all, epoch, random, taken);
    }

    private static ulong After(ulong epoch) => new SplitMix(epoch ^ 0x5DEECE66D).Next();

    /// <summary>Fisher and Yates' shuffle.</summary>
    private int[] OrderOf(ulong epoch)
    {
        if (shuffledBy == epoch) return order;
        order = [.. Enumerable.Range(0, sequences)];
        var random = new SplitMix(epoch);
        for (var i = sequences - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        shuffledBy = epoch;
        return order;
    }
}
