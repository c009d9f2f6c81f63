using Yunhe.Cli.Work;
using Yunhe.Cli.Work.Training;

namespace Yunhe.Cli.Tests;

public sealed class TrainingTests : IDisposable
{
    private const int Every = 2;
    private static readonly Corpus Text = Corpus.Make();
    private static readonly TrainingPlan Plan = new(new(Text.Alphabet.Length, 12, 8, 2, 2), Seed: 5, Batch: 4, Rate: 0.01f);

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-train-").FullName;
    private readonly List<string> passedOver = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_gradient_is_the_slope_of_the_loss()
    {
        var (model, state) = (new Transformer(Plan.Shape), TrainingState.Begin(Plan));
        var text = Text.Training.AsSpan(0, Plan.Shape.Context + 1);
        var gradient = new float[Plan.Shape.Count];
        model.Backpropagate(state.Weights, text, gradient);
        var random = new Random(1);
        for (var n = 0; n < 200; n++)
        {
            var i = random.Next(Plan.Shape.Count);
            const float Step = 1e-2f;
            var before = state.Weights[i];
            state.Weights[i] = before + Step;
            var above = model.Loss(state.Weights, text);
            state.Weights[i] = before - Step;
            var below = model.Loss(state.Weights, text);
            state.Weights[i] = before;
            Assert.Equal((above - below) / (2 * Step), gradient[i], 2e-3);
        }
    }

    [Fact]
    public async Task It_learns()
    {
        var losses = new List<double>();
        await RunAsync(1, 60, null, losses.Add);
        Assert.True(losses[^1] < losses[0] - 0.5, $"{losses[0]} -> {losses[^1]}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Broken_off_and_gone_on_with_it_ends_with_the_same_weights(int nodes)
    {
        var undisturbed = await RunAsync(nodes, 9, null);
        await RunAsync(nodes, 5, Files);
        var resumed = await RunAsync(nodes, 9, Files);
        Assert.Equal((5, undisturbed.Digest), (resumed.ResumedAt!.Value, resumed.Digest));
    }

    [Fact]
    public async Task A_gang_of_one_and_one_of_two_end_with_the_same_weights()
    {
        await RunAsync(2, 4, Files);
        Assert.Equal((await RunAsync(1, 8, null)).Digest, (await RunAsync(1, 8, Files)).Digest);
    }

    [Fact]
    public void The_order_of_the_data_goes_on_where_it_was_also_beyond_an_epoch()
    {
        // Each step takes a quarter of a text of 16 sequences, so that the fifth begins a new epoch.
        var order = new DataOrder(16);
        var state = TrainingState.Begin(Plan);
        var first = new List<int>();
        for (var step = 0; step < 8; step++)
        {
            var next = order.Next(state, 4);
            Assert.Equal(next, new DataOrder(16).Next(state, 4));
            first.AddRange(next);
            order.Advance(state, 4);
        }
        Assert.Equal(Enumerable.Range(0, 16), first.Take(16).Order());
        Assert.Equal(Enumerable.Range(0, 16), first.Skip(16).Order());
        Assert.NotEqual(first.Take(16), first.Skip(16));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_checkpoint_that_is_cut_off_or_damaged_the_one_before_is_taken(bool cut)
    {
        await RunAsync(1, 4, Files);
        var newest = Path.Combine(folder, "step-00000004.ckpt");
        var bytes = await File.ReadAllBytesAsync(newest);
        if (!cut) bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(newest, cut ? bytes[..^100] : bytes);
        await File.WriteAllTextAsync(Path.Combine(folder, "step-00000006.ckpt"), "");

        var resumed = await RunAsync(1, 8, Files);
        Assert.Equal(2, resumed.ResumedAt);
        Assert.Equal((await RunAsync(1, 8, null)).Digest, resumed.Digest);
        Assert.Equal(["step-00000006.ckpt", "step-00000004.ckpt"], passedOver.Select(p => Path.GetFileName(p.Split(' ')[0])));
    }

    [Fact]
    public async Task A_node_that_is_lost_costs_nothing_that_was_done()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(1, 100, Files, _ => stop.Cancel(), stop.Token));
        var resumed = await RunAsync(1, 3, Files);
        Assert.Equal(1, resumed.ResumedAt);
        Assert.Equal((await RunAsync(1, 3, null)).Digest, resumed.Digest);
    }

    [Fact]
    public async Task As_many_checkpoints_are_kept_as_was_said_and_those_of_another_training_are_refused()
    {
        await RunAsync(1, 8, Files);
        Assert.Equal(["step-00000006.ckpt", "step-00000008.ckpt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var other = Plan with { Seed = 6 };
        Assert.Contains("another training", Assert.Throws<UsageException>(() => Files.Read(other, passedOver.Add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exponential_is_right_to_the_last_digits()
    {
        for (var x = -700.0; x < 700; x += 0.37) Assert.Equal(1, Kernels.Exp(x) / Math.Exp(x), 4e-14);
        Assert.Equal((0, double.PositiveInfinity, 1), (Kernels.Exp(-1e9), Kernels.Exp(1e9), Kernels.Exp(0)));
    }

    private CheckpointFiles Files => new(folder, keep: 2);

    private async Task<TrainingResult> RunAsync(int nodes, int steps, CheckpointFiles? files, Action<double>? told = null, CancellationToken cancel = default)
    {
        var mark = $"train-{Path.GetFileName(folder)}-{nodes}-{steps}";
        var addresses = Enumerable.Repeat("127.0.0.1", nodes).ToList();
        var results = await Task.WhenAll(Enumerable.Range(0, nodes).Select(async rank =>
        {
            using var ring = await Ring.ConnectAsync(new(rank, addresses, mark), TimeProvider.System, TestContext.Current.CancellationToken);
            return await new TrainingRun(Plan, ring, files, Every, Text).RunAsync(steps, _ => { }, (_, loss) => told?.Invoke(loss), passedOver.Add, cancel);
        }));
        Assert.Single(results.Select(r => r.Digest).Distinct());
        return results[0];
    }
}
