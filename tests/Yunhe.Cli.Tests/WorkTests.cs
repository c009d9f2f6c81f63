using Yunhe.Cli.Work;

namespace Yunhe.Cli.Tests;

public sealed class WorkTests
{
    [Fact]
    public void The_matrix_product_is_right()
    {
        const int N = 64;
        var random = new Random(3);
        double[] Filled() => [.. Enumerable.Range(0, N * N).Select(_ => random.NextDouble())];
        var (a, b, c) = (Filled(), Filled(), new double[N * N]);
        MatrixProduct<double, FusedDouble>.Multiply(a, b, c, N, 2);
        for (var i = 0; i < N; i++)
            for (var j = 0; j < N; j++)
                Assert.Equal(Enumerable.Range(0, N).Sum(k => a[i * N + k] * b[k * N + j]), c[i * N + j], 1e-9);
    }

    [Fact]
    public void A_measured_product_is_checked() =>
        Assert.True(MatrixProduct<double, FusedDouble>.Measure(64, TimeSpan.Zero, 1, TimeProvider.System) is { Correct: true, Gflops: > 0, Products: 1 });

    [Fact]
    public void Clustering_finds_the_true_centres() => Assert.InRange(Clustering.Run(20_000, 8, 7).WorstError, 0, 0.1);

    [Fact]
    public void Random_points_give_pi() => Assert.Equal(Math.PI, MonteCarlo.Pi(1_000_000, 1), 0.01);

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 1001)]
    [InlineData(3, 7)]
    [InlineData(4, 2)]
    public async Task The_ring_adds_up_vectors_of_any_length(int nodes, int length)
    {
        var mark = $"test-{Environment.ProcessId}-{nodes}-{length}";
        var addresses = Enumerable.Repeat("127.0.0.1", nodes).ToList();
        var runs = await Task.WhenAll(Enumerable.Range(0, nodes).Select(rank =>
            RingAllReduce.RunAsync(new(rank, addresses, mark), length, TimeProvider.System, CancellationToken.None)));
        Assert.All(runs, run => Assert.True(run.Correct));
    }
}
