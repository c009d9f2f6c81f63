using Yunhe.Core.Control;

namespace Yunhe.Core.Tests;

public sealed class ReadyQueueTests
{
    /// <summary>Whether a workload has limits never changes.</summary>
    private static Ready Entry(int rank) => new(rank, default, new(rank), null, limited: rank % 4 == 0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_first_of_each_class_is_the_least_of_it_whatever_came_and_went(int seed)
    {
        var (random, queue) = (new Random(seed), new ReadyQueue());
        var expected = new SortedDictionary<string, SortedSet<Ready>>(StringComparer.Ordinal);
        for (var i = 0; i < 2000; i++)
        {
            var (name, entry) = ($"{random.Next(5)}", Entry(random.Next(40)));
            if (!expected.TryGetValue(name, out var entries)) expected.Add(name, entries = []);
            if (random.Next(2) == 0 && entries.Add(entry)) queue.Add(entry, name, null);
            else if (entries.Remove(entry)) queue.Remove(entry, name, null);
            if (i % 7 != 0) continue;
            Assert.Equal(
                expected.Values.SelectMany(e => e.GroupBy(x => x.Limited).Select(g => g.Min())).Order(),
                queue.Heads().Select(h => h.Entry).Order());
            Assert.Equal(expected.Values.Sum(e => e.Count), queue.Count);
        }
    }
}
