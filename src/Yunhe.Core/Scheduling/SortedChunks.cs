using System.Collections;

namespace Yunhe.Core.Scheduling;

/// <summary>
/// A sorted set of values, in chunks. A tree would have an object for each, all over the memory: most of a collector's work is to follow
/// what has changed in those that are old.
/// </summary>
internal sealed class SortedChunks<T> : IReadOnlyCollection<T>
    where T : struct, IComparable<T>
{
    private const int MostInChunk = 256;

    private readonly List<List<T>> chunks = [];

    public int Count { get; private set; }

    /// <summary>Of a set that is not empty.</summary>
    public T First { get; private set; }

    /// <summary>The same.</summary>
    public T Last => chunks[^1][^1];

    /// <summary>Mostly it is the first that is asked about.</summary>
    public bool Contains(T value) => Count > 0 && First.CompareTo(value) is var c && (c == 0 || (c < 0 && chunks[ChunkOf(value)].BinarySearch(value) >= 0));

    public bool Add(T value)
    {
        if (chunks.Count == 0) chunks.Add([]);
        var number = ChunkOf(value);
        var chunk = chunks[number];
        var place = chunk.BinarySearch(value);
        if (place >= 0) return false;
        chunk.Insert(~place, value);
        Count++;
        First = chunks[0][0];
        if (chunk.Count <= MostInChunk) return true;
        chunks.Insert(number + 1, chunk[(MostInChunk / 2)..]);
        chunk.RemoveRange(MostInChunk / 2, chunk.Count - MostInChunk / 2);
        return true;
    }

    public bool Remove(T value)
    {
        if (Count == 0) return false;
        var number = ChunkOf(value);
        var place = chunks[number].BinarySearch(value);
        if (place < 0) return false;
        chunks[number].RemoveAt(place);
        if (chunks[number].Count == 0) chunks.RemoveAt(number);
        if (--Count > 0) First = chunks[0][0];
        return true;
    }

    public IEnumerator<T> GetEnumerator() => chunks.SelectMany(c => c).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>From the first on that is not less than <paramref name="least"/>.</summary>
    public IEnumerable<T> From(T least)
    {
        if (Count == 0) yield break;
        var number = ChunkOf(least);
        var place = chunks[number].BinarySearch(least);
        for (place = place < 0 ? ~place : place; number < chunks.Count; number++, place = 0)
            for (; place < chunks[number].Count; place++) yield return chunks[number][place];
    }

    /// <summary>The first that is more; null: there is none.</summary>
    public T? After(T value)
    {
        if (Count == 0) return null;
        if (First.CompareTo(value) > 0) return First;
        var number = ChunkOf(value);
        var place = chunks[number].BinarySearch(value);
        place = place < 0 ? ~place : place + 1;
        if (place < chunks[number].Count) return chunks[number][place];
        return number + 1 < chunks.Count ? chunks[number + 1][0] : null;
    }

    /// <summary>The last that begins with it or with less; else the first.</summary>
    private int ChunkOf(T value)
    {
        var (low, high) = (0, chunks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (chunks[middle][0].CompareTo(value) <= 0) low = middle;
            else high = middle - 1;
        }
        return low;
    }
}
