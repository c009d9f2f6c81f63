using Yunhe.Engines.Local;

namespace Yunhe.Conformance.Local;

/// <summary>Which limits are chosen and written, on folders that stand in for the kernel's.</summary>
public sealed class ControlGroupsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("yunhe-groups-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void With_version_2_one_group_beside_the_servers_own_holds_both_limits()
    {
        Directory.CreateDirectory(Path.Combine(root, "service", "main"));
        File.WriteAllText(Path.Combine(root, "service", "cgroup.subtree_control"), "cpu io memory\n");
        var groups = ControlGroups.Find([$"cgroup2 {root} cgroup2 rw,nosuid 0 0"], ["0::/service/main"]);
        Assert.Equal("memory and CPU by cgroup v2", groups.Description);
        var made = groups.Create("w1.1", new(2, 512, 0), 3);
        var group = Assert.Single(made.Groups);
        Assert.Equal(Path.Combine(root, "service", "w1.1"), group);
        Assert.Equal("600000 100000", File.ReadAllText(Path.Combine(group, "cpu.max")));
        Assert.Equal("1610612736", File.ReadAllText(Path.Combine(group, "memory.max")));
    }

    [Fact]
    public void Version_1_is_used_where_version_2_has_no_controllers()
    {
        foreach (var folder in new[] { "unified", "cpu,cpuacct", "memory" }) Directory.CreateDirectory(Path.Combine(root, folder));
        var groups = ControlGroups.Find(
            [$"cgroup2 {root}/unified cgroup2 rw 0 0", $"cgroup {root}/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0", $"cgroup {root}/memory cgroup rw,memory 0 0"],
            ["3:cpu,cpuacct:/", "2:memory:/", "0::/"]);
        Assert.Equal("memory and CPU by cgroup v1", groups.Description);
        var made = groups.Create("w1.1", new(2, 512, 0), 1);
        Assert.Equal([$"{root}/memory/w1.1", $"{root}/cpu,cpuacct/w1.1"], made.Groups);
        Assert.Equal("200000", File.ReadAllText($"{root}/cpu,cpuacct/w1.1/cpu.cfs_quota_us"));
        Assert.Equal("536870912", File.ReadAllText($"{root}/memory/w1.1/memory.limit_in_bytes"));
    }

    [Fact]
    public void Without_either_each_process_has_its_own_limit()
    {
        var groups = ControlGroups.Find(["tmpfs / tmpfs rw 0 0"], ["0::/"]);
        Assert.Equal("memory of each process by rlimit, CPU not limited", groups.Description);
        Assert.Equal(512 * 1024, groups.Create("w1.1", new(2, 512, 0), 3).AddressSpaceKiB);
    }
}
