using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Contracts.Dialects;
using Yunhe.Contracts.Packing;

namespace Yunhe.Cli.Tasks;

/// <summary>Local folders and files of a draft become blobs of the server.</summary>
internal static class Uploads
{
    /// <exception cref="PackingException">A folder or file can't be packed.</exception>
    public static async Task<WorkloadRequest> SendAsync(YunheClient client, Draft draft, Shell shell, CancellationToken cancel)
    {
        var request = draft.Request;
        if (draft.Workdir is { } folder)
            request = request with { Workdir = await SendAsync(client, WorkdirPacker.PackFolder(folder, null, cancel), folder, shell, cancel) };
        var mounts = request.FileMounts.ToList();
        foreach (var (target, source) in draft.FileMounts.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var (into, tar) = WorkdirPacker.PackMount(source, target, null, cancel);
            mounts.Add(new(into, await SendAsync(client, tar, source, shell, cancel)));
        }

        return request with { FileMounts = mounts };
    }

    private static async Task<string> SendAsync(YunheClient client, PackedTar tar, string name, Shell shell, CancellationToken cancel)
    {
        try
        {
            if (await client.UploadAsync(tar.Sha256, () => File.OpenRead(tar.Path), cancel))
                await shell.Err.WriteLineAsync($"uploaded {name}: {Math.Max(1, tar.Bytes / 1024)} KiB");
            return tar.Sha256;
        }
        finally
        {
            File.Delete(tar.Path);
        }
    }
}
