using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Yunhe.Cli.Work.Training;

/// <summary>
/// Checkpoints in a folder, step-N.ckpt each: what the training is, its state, and the SHA-256 of both. Written under a name that begins with a
/// dot, put on the disk and renamed, so that one with its name is whole unless the disk or a copy of it is not; then the sum tells.
/// </summary>
internal sealed class CheckpointFiles(string folder, int keep)
{
    private const string Mark = "yunhe-train-1";

    public void Write(TrainingPlan plan, TrainingState state)
    {
        Directory.CreateDirectory(folder);
        var name = string.Create(CultureInfo.InvariantCulture, $"step-{state.Step:00000000}.ckpt");
        var aside = Path.Combine(folder, $".{name}.tmp");
        var content = Pack(plan, state);
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Write(SHA256.HashData(content));
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, Path.Combine(folder, name), overwrite: true);
        foreach (var old in Newest().Skip(keep)) File.Delete(old);
    }

    /// <summary>The newest that is whole; null: there is none.</summary>
    /// <param name="passedOver">Told of each that is not whole.</param>
    /// <exception cref="UsageException">The newest that is whole is of another training.</exception>
    public TrainingState? Read(TrainingPlan plan, Action<string> passedOver)
    {
        if (!Directory.Exists(folder)) return null;
        foreach (var path in Newest())
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length <= SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^SHA256.HashSizeInBytes..)))
            {
                passedOver($"{path} is cut off or damaged: its sum is not that of its content");
                continue;
            }
            return Unpack(plan, bytes[..^SHA256.HashSizeInBytes], path);
        }
        return null;
    }

    public static byte[] Pack(TrainingPlan plan, TrainingState state)
    {
        var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Told(plan));
            state.Write(writer);
        }
        return content.ToArray();
    }

    /// <param name="from">For people: where it comes from.</param>
    public static TrainingState Unpack(TrainingPlan plan, byte[] content, string from)
    {
        using var reader = new BinaryReader(new MemoryStream(content), Encoding.UTF8);
        var told = reader.ReadString();
        return told == Told(plan)
            ? TrainingState.Read(reader, plan.Shape)
            : throw new UsageException($"{from} is of another training ({told}), not of this one ({Told(plan)}): name another folder, or the same settings");
    }

    private static string Told(TrainingPlan plan) => string.Create(CultureInfo.InvariantCulture,
        $"{Mark}: {plan.Shape.Layers} layers, width {plan.Shape.Width}, {plan.Shape.Heads} heads, context {plan.Shape.Context}, vocabulary {plan.Shape.Vocabulary}, batch {plan.Batch}, rate {plan.Rate}, seed {plan.Seed}");

    private IEnumerable<string> Newest() => Directory.EnumerateFiles(folder, "step-*.ckpt").OrderDescending(StringComparer.Ordinal).ToList();
}
