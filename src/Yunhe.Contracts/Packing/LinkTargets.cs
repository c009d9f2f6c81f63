namespace Yunhe.Contracts.Packing;

/// <summary>Where symbolic links lead, followed by hand, part by part, as the system would, to see each step out of a folder.</summary>
internal static class LinkTargets
{
    /// <summary>Linux gives up after as many (MAXSYMLINKS).</summary>
    private const int MaxLinks = 40;

    /// <summary>True when no step from the link on leaves <paramref name="root"/>. Where nothing lies at the end, the way there counts.</summary>
    internal static bool StayInside(string root, string link)
    {
        var pending = new Stack<string>();
        if (!Push(pending, new FileInfo(link).LinkTarget!)) return false;
        var at = Path.GetDirectoryName(link)!;
        for (var links = 1; pending.TryPop(out var part);)
        {
            if (part == "..")
            {
                if (at == root) return false;
                at = Path.GetDirectoryName(at)!;
                continue;
            }
            var next = Path.Join(at, part);
            if (new FileInfo(next).LinkTarget is not { } target) at = next;
            else if (++links > MaxLinks || !Push(pending, target)) return false;
        }
        return true;
    }

    /// <summary>False for an absolute target: unpacked elsewhere, it leads elsewhere.</summary>
    private static bool Push(Stack<string> pending, string target)
    {
        if (Path.IsPathRooted(target)) return false;
        foreach (var part in target.Split('/').Reverse())
            if (part is not ("" or "."))
                pending.Push(part);
        return true;
    }
}
