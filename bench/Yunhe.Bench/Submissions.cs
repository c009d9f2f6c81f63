using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.EndToEnd;

namespace Yunhe.Bench;

/// <summary>
/// What it takes to hand in one job so that it survives the server's death: Yunhe's HTTP API beside Slurm's command and Slurm's REST API,
/// one after the other on this machine, nothing running on any of them.
/// </summary>
internal static class Submissions
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    public static async Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var rows = new List<Row>();
        var slurm = await SlurmAsync();
        var ours = await OursAsync();
        foreach (var clients in new[] { 1, 16 })
        {
            var (name, best) = slurm.Where(s => s.Clients == clients).OrderByDescending(s => s.Timings.PerSecond).Select(s => (s.Name, s.Timings)).First();
            rows.Add(new($"submissions, {clients} clients", "1/s", ours[clients].PerSecond, best.PerSecond, $"{name} (the better of both), Slurm 22.05, same run"));
            rows.Add(new($"submission p50, {clients} clients", "ms", ours[clients].Percentile(0.5), best.Percentile(0.5), name));
            rows.Add(new($"submission p99, {clients} clients", "ms", ours[clients].Percentile(0.99), best.Percentile(0.99), name));
        }
        rows.AddRange(slurm.Select(s => new Row($"{s.Name} alone, {s.Clients} clients", "1/s", s.Timings.PerSecond, null, "for comparison")));
        return rows;
    }

    private static async Task<Dictionary<int, Timings>> OursAsync()
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-bench-").FullName;
        await using var server = new ServerProcess(folder);
        await server.StartAsync();
        await QuietSite.AddAsync(server.Client());
        using var http = QuietSite.Http(server);
        var request = JsonContent.Create(QuietSite.Request, options: Wire.Json);
        var body = await request.ReadAsByteArrayAsync();
        var results = new Dictionary<int, Timings>();
        await Timings.MeasureAsync(4, TimeSpan.FromSeconds(2), _ => PostAsync(http, body));
        foreach (var clients in new[] { 1, 16 }) results[clients] = await Timings.MeasureAsync(clients, Length, _ => PostAsync(http, body));
        await server.KillAsync();
        Directory.Delete(folder, recursive: true);
        return results;
    }

    private static async Task PostAsync(HttpClient http, byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { { "Content-Type", "application/json" } } };
        using var answer = await http.PostAsync(Routes.Workloads, content);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<List<(string Name, int Clients, Timings Timings)>> SlurmAsync()
    {
        var lab = Path.Combine(Path.GetTempPath(), $"yunhe-bench-slurm-{Environment.ProcessId}");
        Directory.CreateDirectory(lab, (UnixFileMode)0b111_101_101);
        const int Port = 31_000;
        await ClusterAsync(lab, "up", "bench", $"port={Port}", "nodes=4", "cloud=1", "rest=1");
        try
        {
            var conf = Path.Combine(lab, "bench", "etc", "slurm.conf");
            var script = Path.Combine(lab, "job.sh");
            await File.WriteAllTextAsync(script, "#!/bin/sh\ntrue\n");
            var results = new List<(string, int, Timings)>();
            foreach (var clients in new[] { 1, 16 })
                results.Add(("sbatch", clients, await Timings.MeasureAsync(clients, Length, _ => RunAsync("sbatch", ["--parsable", "-o", "/dev/null", script], ("SLURM_CONF", conf)))));
            var token = (await File.ReadAllTextAsync(Path.Combine(lab, "bench", "run", "token"))).Trim();
            using var http = Rest(Port + 3, token);
            foreach (var clients in new[] { 1, 16 }) results.Add(("slurmrestd", clients, await Timings.MeasureAsync(clients, Length, _ => RestAsync(http))));
            return results;
        }
        finally
        {
            await ClusterAsync(lab, "down", "bench", "wipe=1");
            Directory.Delete(lab, recursive: true);
        }
    }

    private static HttpClient Rest(int port, string token)
    {
        var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        http.DefaultRequestHeaders.Add("X-SLURM-USER-NAME", "root");
        http.DefaultRequestHeaders.Add("X-SLURM-USER-TOKEN", token);
        return http;
    }

    private const string RestJob =
        """{"script":"#!/bin/sh\ntrue\n","job":{"name":"b","current_working_directory":"/tmp","standard_output":"/dev/null","environment":{"PATH":"/bin"},"tasks":1}}""";

    private static async Task RestAsync(HttpClient http)
    {
        // slurmrestd closes kept connections now and then; a client sends again.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // A charset in the type is more than slurmrestd understands.
                using var content = new StringContent(RestJob, new MediaTypeHeaderValue("application/json"));
                using var answer = await http.PostAsync("/slurm/v0.0.38/job/submit", content);
                var text = await answer.Content.ReadAsStringAsync();
                if (!text.Contains("\"job_id\"", StringComparison.Ordinal)) throw new InvalidOperationException($"slurmrestd took no job: {text}");
                return;
            }
            catch (Exception e) when (attempt < 5 && e is HttpRequestException or SocketException)
            {
                await Task.Delay(1);
            }
        }
    }

    private static Task ClusterAsync(string lab, params string[] arguments) =>
        RunAsync(Path.Combine(Root, "tests", "slurm", "cluster.sh"), arguments, ("SLURMLAB", lab));

    private static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Yunhe.slnx"))) folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }

    private static async Task RunAsync(string command, string[] arguments, (string Name, string Value) variable)
    {
        var info = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment[variable.Name] = variable.Value;
        // The daemons that a script leaves behind keep its outputs open, so only the script itself is waited for.
        using var process = Process.Start(info)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command} ended with {process.ExitCode}; are the packages of tests/slurm/install.sh there?");
    }
}
