using System.Globalization;
using Yunhe.Core.Network;

namespace Yunhe.Engines.Local;

/// <summary>What one attempt is held to, and where its runner reads what it used. Empty paths: not measured.</summary>
/// <param name="Groups">Folders that its processes join; the first tells who is in it.</param>
/// <param name="AddressSpaceKiB">Limit by rlimit on each process; 0: none.</param>
internal sealed record Confinement(IReadOnlyList<string> Groups, string UsageFile = "", string PeakFile = "", string OomFile = "", long AddressSpaceKiB = 0);

/// <summary>
/// Limits on memory and CPU as this machine offers them: control groups v2 (kernel's admin-guide/cgroup-v2), else v1
/// (admin-guide/cgroup-v1), else a limit on each process's address space.
/// </summary>
internal sealed class ControlGroups
{
    private const long PeriodMicroseconds = 100_000;
    private readonly string? unified;
    private readonly string? cpu;
    private readonly string? accounting;
    private readonly string? memory;

    private ControlGroups(string? unified, string? cpu, string? accounting, string? memory)
    {
        (this.unified, this.cpu, this.accounting, this.memory) = (unified, cpu, accounting, memory);
    }

    public string Description => unified is not null ? "memory and CPU by cgroup v2"
        : cpu is not null ? "memory and CPU by cgroup v1"
        : "memory of each process by rlimit, CPU not limited";

    /// <summary>What is writable below the groups that this process itself is in.</summary>
    public static ControlGroups Find() => Find(File.ReadAllLines("/proc/self/mounts"), File.ReadAllLines("/proc/self/cgroup"));

    public static ControlGroups None { get; } = new(null, null, null, null);

    /// <param name="mounts">Lines of /proc/self/mounts.</param>
    /// <param name="own">Lines of /proc/self/cgroup: "4:memory:/path", for v2 "0::/path".</param>
    public static ControlGroups Find(IReadOnlyList<string> mounts, IReadOnlyList<string> own)
    {
        var places = own.Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        var mounted = mounts.Select(line => line.Split(' ')).Where(words => words.Length > 3).ToList();

        if (mounted.Find(words => words[2] == "cgroup2") is { } two && places.Find(p => p[0] == "0") is { } place)
        {
            // A group with processes of its own can't have limited children, so the parent is tried too.
            var here = Join(two[1], place[2]);
            foreach (var parent in new[] { here, Path.GetDirectoryName(here)! })
            {
                if (parent.StartsWith(two[1], StringComparison.Ordinal) && Delegates(parent)) return new(parent, null, null, null);
            }
        }

        var v1 = new[] { "cpu", "cpuacct", "memory" }.Select(V1).ToList();
        return v1.Contains(null) ? None : new(null, v1[0], v1[1], v1[2]);

        string? V1(string controller)
        {
            var mount = mounted.Find(words => words[2] == "cgroup" && words[3].Split(',').Contains(controller));
            var group = places.Find(parts => parts[1].Split(',').Contains(controller));
            return mount is null || group is null ? null
                : new[] { Join(mount[1], group[2]), mount[1] }.FirstOrDefault(IsWritable);
        }
    }

    /// <summary>Makes the groups of an attempt; its nodes share what is granted to all of them.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public Confinement Create(string name, Resources perNode, int nodes)
    {
        var bytes = Text((perNode.MemoryMiB * nodes) << 20);
        var quota = Text(perNode.Cpus * nodes * PeriodMicroseconds);
        if (unified is not null)
        {
            var group = Make(unified, name);
            File.WriteAllText(Path.Combine(group, "cpu.max"), $"{quota} {Text(PeriodMicroseconds)}");
            File.WriteAllText(Path.Combine(group, "memory.max"), bytes);
            WriteIfThere(Path.Combine(group, "memory.swap.max"), "0");
            var peak = Path.Combine(group, "memory.peak");
            return new([group], Path.Combine(group, "cpu.stat"), File.Exists(peak) ? peak : "", Path.Combine(group, "memory.events"));
        }

        if (cpu is null || memory is null || accounting is null) return new([], AddressSpaceKiB: perNode.MemoryMiB << 10);
        var (forMemory, forCpu, forUsage) = (Make(memory, name), Make(cpu, name), Make(accounting, name));
        File.WriteAllText(Path.Combine(forMemory, "memory.limit_in_bytes"), bytes);
        WriteIfThere(Path.Combine(forMemory, "memory.memsw.limit_in_bytes"), bytes);
        File.WriteAllText(Path.Combine(forCpu, "cpu.cfs_period_us"), Text(PeriodMicroseconds));
        File.WriteAllText(Path.Combine(forCpu, "cpu.cfs_quota_us"), quota);
        return new(
            [.. new[] { forMemory, forCpu, forUsage }.Distinct()],
            Path.Combine(forUsage, "cpuacct.usage"),
            Path.Combine(forMemory, "memory.max_usage_in_bytes"),
            Path.Combine(forMemory, "memory.oom_control"));
    }

    /// <summary>Where the groups of that name are, if there are any.</summary>
    private IEnumerable<string> Named(string name) =>
        new[] { unified, memory, cpu, accounting }.OfType<string>().Select(parent => Path.Combine(parent, name)).Distinct();

    /// <summary>Removes the groups of that name; false: one still has processes, so try again later.</summary>
    public bool Remove(string name)
    {
        foreach (var group in Named(name))
        {
            try
            {
                // The files in it are the kernel's: only the folder itself is removed.
                Directory.Delete(group);
            }
            catch (DirectoryNotFoundException)
            {
                // Never made, or its runner was faster.
                continue;
            }
            catch (IOException)
            {
                return false;
            }
        }

        return true;
    }

    public IReadOnlyList<int> Members(string name)
    {
        var file = Named(name).Select(group => Path.Combine(group, "cgroup.procs")).FirstOrDefault(File.Exists);
        return file is null ? [] : [.. File.ReadAllLines(file).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }

    private static bool Delegates(string parent)
    {
        try
        {
            var active = File.ReadAllText(Path.Combine(parent, "cgroup.subtree_control")).Split(' ', StringSplitOptions.TrimEntries);
            if (!active.Contains("cpu") || !active.Contains("memory")) File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), "+cpu +memory");
            return IsWritable(parent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsWritable(string folder)
    {
        try
        {
            var probe = Path.Combine(folder, $"yunhe-probe-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Make(string parent, string name) => Directory.CreateDirectory(Path.Combine(parent, name)).FullName;

    private static void WriteIfThere(string file, string text)
    {
        if (File.Exists(file)) File.WriteAllText(file, text);
    }

    private static string Join(string mount, string group) => group == "/" ? mount : mount + group;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
