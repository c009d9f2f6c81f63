using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Yunhe.Cli.Work;

/// <summary>Rates of a folder's disk, 10^6 bytes per second. <c>Read</c> null: what was read came from the memory.</summary>
internal sealed record DiskRates(double Write, double? Read);

/// <summary>Writes a file through to the disk (fsync) and reads it back after the kernel has let go of it.</summary>
internal static class DiskProbe
{
    private const int Block = 4 << 20;

    /// <summary>Linux' advice that these pages are not needed any more; clean ones are dropped.</summary>
    private const int DontNeed = 4;

    public static DiskRates Measure(string folder, int mebibytes, TimeProvider time)
    {
        var path = Path.Combine(folder, $"yunhe-measure-{Environment.ProcessId}.tmp");
        var block = new byte[Block];
        // Not zeros, which some disks don't store.
        new Random(1).NextBytes(block);
        try
        {
            var blocks = Math.Max(1, (int)((long)mebibytes * (1 << 20) / Block));
            var bytes = (double)blocks * Block;
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, BufferSize = 0, PreallocationSize = (long)bytes });
            var start = time.GetTimestamp();
            for (var i = 0; i < blocks; i++) file.Write(block);
            file.Flush(flushToDisk: true);
            var write = bytes / time.GetElapsedTime(start).TotalSeconds / 1e6;
            var dropped = Drop(file.SafeFileHandle);
            file.Position = 0;
            start = time.GetTimestamp();
            while (file.Read(block) > 0)
            {
            }
            return new(write, dropped ? bytes / time.GetElapsedTime(start).TotalSeconds / 1e6 : null);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool Drop(SafeFileHandle file)
    {
        try
        {
            return OperatingSystem.IsLinux() && Advise(file, 0, 0, DontNeed) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(SafeFileHandle file, long offset, long length, int advice);
}
