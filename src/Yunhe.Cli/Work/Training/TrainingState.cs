using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Yunhe.Cli.Work.Training;

/// <summary>What makes two trainings the same; a checkpoint of one is of no use to another.</summary>
/// <param name="Batch">Sequences of one step, over all nodes.</param>
internal sealed record TrainingPlan(ModelShape Shape, int Seed, int Batch, float Rate);

/// <summary>All that a training is, between two steps. Everything that follows depends on it and the plan alone.</summary>
internal sealed class TrainingState
{
    private TrainingState(int count) => (Weights, First, Second) = (new float[count], new float[count], new float[count]);

    /// <summary>Steps done.</summary>
    public int Step { get; set; }

    /// <summary>State of the random numbers that shuffled this epoch; the next one's follows from it.</summary>
    public ulong Random { get; set; }

    /// <summary>How many of this epoch's sequences have been taken.</summary>
    public int Taken { get; set; }

    public float[] Weights { get; }

    /// <summary>Adam's moments.</summary>
    public float[] First { get; }

    public float[] Second { get; }

    /// <summary>Normalisations pass all on; matrices are uniform with a spread of 1/√width, those that add to the stream less by its depth.</summary>
    public static TrainingState Begin(TrainingPlan plan)
    {
        var shape = plan.Shape;
        var state = new TrainingState(shape.Count);
        var random = new SplitMix((ulong)plan.Seed);
        var spread = 1 / MathF.Sqrt(shape.Width);
        for (var i = 0; i < shape.Count; i++) state.Weights[i] = (float)(2 * random.NextDouble() - 1) * spread;
        for (var n = 0; n < shape.Layers; n++)
        {
            var at = shape.Layer(n);
            Shrink(state, at.Project, shape.Width * shape.Width, shape.Layers);
            Shrink(state, at.Down, shape.Inner * shape.Width, shape.Layers);
            Pass(state, at.AttentionScale, shape.Width);
            Pass(state, at.InnerScale, shape.Width);
        }
        Pass(state, shape.FinalScale, shape.Width);
        state.Random = random.State;
        return state;
    }

    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Weights.AsSpan())));

    public void Write(BinaryWriter to)
    {
        to.Write(Step);
        to.Write(Random);
        to.Write(Taken);
        foreach (var values in (float[][])[Weights, First, Second]) to.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    /// <exception cref="EndOfStreamException">It is cut off.</exception>
    public static TrainingState Read(BinaryReader from, ModelShape shape)
    {
        var state = new TrainingState(shape.Count)
        {
            Step = from.ReadInt32(), Random = from.ReadUInt64(), Taken = from.ReadInt32(),
        };
        foreach (var values in (float[][])[state.Weights, state.First, state.Second]) from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return state;
    }

    private static void Pass(TrainingState state, int scale, int width)
    {
        state.Weights.AsSpan(scale, width).Fill(1);
        state.Weights.AsSpan(scale + width, width).Clear();
    }

    private static void Shrink(TrainingState state, int at, int count, int layers)
    {
        var factor = 1 / MathF.Sqrt(2 * layers);
        foreach (ref var weight in state.Weights.AsSpan(at, count)) weight *= factor;
    }
}
