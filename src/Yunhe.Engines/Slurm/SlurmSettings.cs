using System.Globalization;

namespace Yunhe.Engines.Slurm;

/// <summary>Settings of a Slurm site that can't be used; the message names the setting and how to mend it.</summary>
public sealed class SlurmSettingsException(string message) : ArgumentException(message);

/// <summary>How a Slurm cluster is reached: by its commands here, by its commands through ssh, or by slurmrestd.</summary>
public sealed record SlurmSettings
{
    public const string DefaultApi = "v0.0.38";

    /// <summary>Folder at the same path where the commands run and on every node; on the remote side with <see cref="Ssh"/>.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>SLURM_CONF of the commands; null: the site's default.</summary>
    public string? Conf { get; init; }

    /// <summary>Destination of the ssh client; null: the commands run here.</summary>
    public string? Ssh { get; init; }

    /// <summary>More arguments of the ssh client, parted by blanks.</summary>
    public IReadOnlyList<string> SshOptions { get; init; } = [];

    /// <summary>slurmrestd: http(s)://host:port or unix:/path; null: the commands are used.</summary>
    public string? Url { get; init; }

    public string? User { get; init; }

    /// <summary>File with the JWT of <see cref="User"/>, read at each use; null: slurmrestd knows the caller by its socket.</summary>
    public string? TokenFile { get; init; }

    public string Api { get; init; } = DefaultApi;

    /// <summary>Partitions to use; empty: all that are up.</summary>
    public IReadOnlyList<string> Partitions { get; init; } = [];

    /// <summary>Slurm account for work that names none; null: Slurm's default.</summary>
    public string? Account { get; init; }

    /// <summary>GRES names that are accelerators.</summary>
    public IReadOnlyList<string> Gres { get; init; } = ["gpu", "npu", "dcu", "mlu"];

    /// <summary>A command or request that takes longer has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a submission whose answer was lost may still turn up in the queue.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(15);

    private static readonly string[] Known =
    [
        "work_folder", "conf", "ssh", "ssh_options", "url", "user", "token_file", "api", "partitions", "account", "gres", "timeout_seconds",
        "settle_seconds",
    ];

    /// <exception cref="SlurmSettingsException">A setting is missing, unknown, contradicts another or has no sense.</exception>
    public static SlurmSettings Parse(IReadOnlyDictionary<string, string> settings)
    {
        foreach (var name in settings.Keys.Order(StringComparer.Ordinal))
        {
            if (!Known.Contains(name)) throw new SlurmSettingsException($"unknown setting '{name}': known are {string.Join(", ", Known)}");
        }

        string? Text(string name) => settings.TryGetValue(name, out var text) && text.Length > 0 ? text : null;
        string[] Words(string name, char separator) =>
            Text(name)?.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

        var parsed = new SlurmSettings
        {
            WorkFolder = Folder(Text("work_folder")),
            Conf = Text("conf"),
            Ssh = Text("ssh"),
            SshOptions = Words("ssh_options", ' '),
            Url = Text("url"),
            User = Text("user"),
            TokenFile = Text("token_file"),
            Api = Text("api") ?? DefaultApi,
            Partitions = Words("partitions", ','),
            Account = Text("account"),
            Timeout = Seconds("timeout_seconds", Text("timeout_seconds"), 30),
            Settle = Seconds("settle_seconds", Text("settle_seconds"), 15),
        };
        if (Words("gres", ',') is { Length: > 0 } gres) parsed = parsed with { Gres = gres };
        Check(parsed);
        return parsed;
    }

    private static void Check(SlurmSettings s)
    {
        if (s.Ssh?.StartsWith('-') == true) throw new SlurmSettingsException($"ssh '{s.Ssh}' is no destination: write [user@]host or an alias");
        if (s.Ssh is null && s.SshOptions.Count > 0) throw new SlurmSettingsException("ssh_options without ssh: name the destination in 'ssh'");
        if (s.Url is null)
        {
            if (s.User is not null || s.TokenFile is not null)
                throw new SlurmSettingsException("user and token_file belong to slurmrestd: name its address in 'url', or leave them out");
            return;
        }

        if (s.Ssh is not null || s.Conf is not null)
            throw new SlurmSettingsException("url (slurmrestd) excludes ssh and conf (commands): choose one of the two ways");
        if (s.Url.StartsWith("unix:", StringComparison.Ordinal) ? !s.Url.StartsWith("unix:/", StringComparison.Ordinal)
            : !Uri.TryCreate(s.Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new SlurmSettingsException($"url '{s.Url}' is neither http://host:port nor unix:/path/to.sock");
        if (s.TokenFile is not null && s.User is null) throw new SlurmSettingsException("token_file without user: say whose token it is in 'user'");
        if (s.Api.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '.')) throw new SlurmSettingsException($"api '{s.Api}' is no version such as v0.0.38");
    }

    private static string Folder(string? text)
    {
        if (text is null)
            throw new SlurmSettingsException("work_folder is missing: name a folder that lies at the same path on the head and on all nodes");

        // % is Slurm's in output patterns, and control characters would end a line of a file list.
        if (!text.StartsWith('/') || text.Split('/').Contains("..") || text.Any(c => c is '%' or '\\' || char.IsControl(c)))
            throw new SlurmSettingsException($"work_folder '{text}' must be an absolute path without '..', '%', '\\' and control characters");
        return text.TrimEnd('/');
    }

    private static TimeSpan Seconds(string name, string? text, int fallback)
    {
        if (text is null) return TimeSpan.FromSeconds(fallback);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw new SlurmSettingsException($"{name} '{text}' is no number of seconds from 1 to 3600");
    }
}
