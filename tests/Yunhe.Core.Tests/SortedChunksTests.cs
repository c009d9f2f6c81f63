using Yunhe.Core.Scheduling;

namespace Yunhe.Core.Tests;

public class SortedChunksTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 1000)]
    [InlineData(3, 100_000)]
    public void They_hold_what_a_sorted_set_holds_whatever_comes_and_goes(int seed, int values)
    {
        var random = new Random(seed);
        var (chunks, set) = (new SortedChunks<int>(), new SortedSet<int>());
        // Grows far beyond a chunk, shrinks to nothing, and grows again.
        for (var i = 0; i < 30_000; i++)
        {
            var value = random.Next(values);
            var grows = i % 10_000 < 5000;
            if (grows ? random.Next(5) > 0 : random.Next(5) == 0) Assert.Equal(set.Add(value), chunks.Add(value));
            else
            {
                if (!grows && set.Count > 0) value = set.GetViewBetween(value, int.MaxValue).FirstOrDefault(set.Max);
                Assert.Equal(set.Remove(value), chunks.Remove(value));
            }
            Assert.Equal(set.Count, chunks.Count);
            Assert.Equal(set.Contains(value), chunks.Contains(value));
            if (set.Count > 0) Assert.Equal((set.Min, set.Max), (chunks.First, chunks.Last));
            if (i % 500 != 0) continue;
            Assert.Equal(set, chunks);
            Assert.Equal(set.GetViewBetween(value, int.MaxValue), chunks.From(value));
        }
    }

    [Fact]
    public void An_empty_one_has_nothing_to_give()
    {
        var chunks = new SortedChunks<int>();
        Assert.Empty(chunks);
        Assert.Empty(chunks.From(0));
        Assert.False(chunks.Remove(0));
        Assert.False(chunks.Contains(0));
    }
}
