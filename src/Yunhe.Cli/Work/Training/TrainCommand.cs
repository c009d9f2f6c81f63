using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Yunhe.Cli.Work.Training;

internal static class TrainCommand
{
    /// <summary>So long the nodes of a gang may take to find each other.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command Create(CommandContext context)
    {
        var steps = Number("--steps", "Steps in all, those before a checkpoint too", 300, 1, 1_000_000);
        var batch = Number("--batch", "Sequences of a step, over all nodes", 8, 1, 1024);
        var layers = Number("--layers", "Layers", 2, 1, 12);
        var width = Number("--width", "Width of the model", 48, 4, 256);
        var heads = Number("--heads", "Heads of the attention; they divide the width", 4, 1, 64);
        var length = Number("--context", "Characters that the model sees", 64, 2, 1024);
        var rate = new Option<float>("--rate") { Description = "Learning rate", HelpName = "N", DefaultValueFactory = _ => 0.003f };
        var seed = Number("--seed", "Seed of the weights and of the order of the data", 1, 0, int.MaxValue);
        var folder = new Option<string?>("--checkpoints") { Description = "Folder of the checkpoints; YUNHE_CHECKPOINT_DIR where nothing is said", HelpName = "FOLDER" };
        var every = Number("--every", "Steps between checkpoints", 20, 1, 1_000_000);
        var keep = Number("--keep", "Checkpoints that are kept", 2, 1, 1000);
        var command = new Described("train", "Trains a small language model on the nodes of a gang, and goes on from its newest whole checkpoint",
            "yunhe work train --steps 300 --checkpoints checkpoints") { steps, batch, layers, width, heads, length, rate, seed, folder, every, keep };
        command.SetAction(async (parsed, cancel) =>
        {
            var (d, h) = (parsed.GetValue(width), parsed.GetValue(heads));
            if (d % h != 0) throw new UsageException($"--heads {h} does not divide --width {d}: take {d} heads or fewer that do");
            if (parsed.GetValue(rate) is not (> 0 and < 1)) throw new UsageException("--rate must be more than 0 and less than 1");
            var corpus = Corpus.Make();
            var plan = new TrainingPlan(
                new(corpus.Alphabet.Length, parsed.GetValue(length), d, parsed.GetValue(layers), h), parsed.GetValue(seed), parsed.GetValue(batch), parsed.GetValue(rate));
            var files = (parsed.GetValue(folder) ?? context.Shell.Variable("YUNHE_CHECKPOINT_DIR")) is { } path ? new CheckpointFiles(path, parsed.GetValue(keep)) : null;
            await TrainAsync(context, plan, parsed.GetValue(steps), parsed.GetValue(every), files, corpus, cancel);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task TrainAsync(CommandContext context, TrainingPlan plan, int steps, int every, CheckpointFiles? files, Corpus corpus, CancellationToken cancel)
    {
        var (shell, place) = (context.Shell, RingPlace.Of(context.Shell));
        var began = shell.Time.GetTimestamp();
        using var ring = await ConnectAsync(place, shell, cancel);
        var run = new TrainingRun(plan, ring, files, every, corpus);
        var result = await run.RunAsync(steps, Resumed, Told, problem => shell.Err.WriteLine($"{problem}; the one before is taken"), cancel);
        if (ring.Rank > 0) return;
        await shell.Out.WriteLineAsync(Text($"{result.Steps} steps, {result.Weights} weights, loss {result.Loss:0.0000}, held out {result.HeldOutLoss:0.0000}"));
        await shell.Out.WriteLineAsync($"digest {result.Digest}");
        Outputs.Write(shell, "train.json", JsonSerializer.Serialize(result) + "\n");

        void Resumed(int step)
        {
            if (ring.Rank == 0) shell.Out.WriteLine($"resumed after step {step}");
        }

        void Told(int step, double loss)
        {
            if (ring.Rank == 0 && (step % every == 0 || step == steps))
                shell.Out.WriteLine(Text($"step {step} of {steps}: loss {loss:0.0000}, {shell.Time.GetElapsedTime(began).TotalSeconds:0.0} s"));
        }
    }

    private static async Task<Ring> ConnectAsync(RingPlace place, Shell shell, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(Patience);
        try
        {
            return await Ring.ConnectAsync(place, shell.Time, limited.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"the other nodes of the gang did not come within {Patience.TotalMinutes:0} minutes");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Option<int> Number(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
        option.Within(least, most);
        return option;
    }
}
