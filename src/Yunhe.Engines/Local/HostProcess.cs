using System.Globalization;
using System.Runtime.InteropServices;

namespace Yunhe.Engines.Local;

/// <summary>
/// A process of this machine that no later one can be taken for: process numbers are used again, but not with the same
/// start time (field 22 of /proc/PID/stat, in clock ticks since boot) in the same boot.
/// </summary>
internal readonly record struct HostProcess(int Id, long StartTicks, string Boot)
{
    private const int Terminate = 15;
    private const int Kill = 9;

    public bool IsAlive =>
        Boot == CurrentBoot && Stat.Read(Id) is { } stat && stat.StartTicks == StartTicks && stat.IsAlive;

    /// <summary>SIGTERM, if it still lives.</summary>
    public void Stop()
    {
        // Fails only when it has ended in between.
        if (IsAlive) _ = NativeKill(Id, Terminate);
    }

    /// <summary>SIGKILL to all that its session holds, and to <paramref name="others"/>.</summary>
    public void KillSession(IEnumerable<int> others)
    {
        foreach (var id in others) _ = NativeKill(id, Kill);
        if (Boot != CurrentBoot) return;

        // As long as a session has members, its number is given to no new process; so a process of that number must be the leader itself.
        if (Stat.Read(Id) is { } leader && leader.StartTicks != StartTicks) return;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Stat.Read(id) is { } stat && stat.Session == Id)
            {
                _ = NativeKill(id, Kill);
            }
        }
    }

    /// <summary>Parts of /proc/PID/stat (proc(5)).</summary>
    private readonly record struct Stat(char State, int Session, long StartTicks)
    {
        public bool IsAlive => State is not ('Z' or 'X');

        public static Stat? Read(int id)
        {
            try
            {
                // The name in the second field may itself hold spaces and brackets.
                var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                return new(fields[0][0], int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    private static readonly string CurrentBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int process, int signal);
}
