using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Yunhe.Cli;

/// <summary>Which server, and the token for it: from flags, then the environment, then the configuration file, then this machine's own server.</summary>
internal sealed record Settings(Uri Server, string? Token)
{
    public const int DefaultPort = 7717;
    public const string TokenFile = "admin.token";
    private const int MaxConfigBytes = 64 * 1024;

    public static Settings Resolve(Shell shell, string? serverFlag)
    {
        var config = Config.Read(shell);
        var given = serverFlag ?? shell.Variable("YUNHE_SERVER") ?? config.Server;
        var server = given is null ? new Uri($"http://127.0.0.1:{DefaultPort}") : Address(given);
        return new(server, TokenOf(shell, config, server));
    }

    /// <summary>Where a server of this user on this machine keeps its data.</summary>
    public static string DataFolder(Shell shell) =>
        shell.Variable("YUNHE_DATA")
        ?? Path.Combine(shell.Variable("XDG_DATA_HOME") ?? Path.Combine(shell.Home, ".local", "share"), "yunhe");

    private static Uri Address(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
            ? uri
            : throw new UsageException($"'{text}' isn't a server's address: write http://HOST:PORT or https://HOST");

    /// <summary>The token of this machine's server is given to no other.</summary>
    private static string? TokenOf(Shell shell, Config config, Uri server)
    {
        if (shell.Variable("YUNHE_TOKEN") is { } token) return token;
        if (config.TokenFile is { } named) return ReadToken(Expand(shell, named));
        var own = Path.Combine(DataFolder(shell), TokenFile);
        return server.IsLoopback && File.Exists(own) ? ReadToken(own) : null;
    }

    private static string ReadToken(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : throw new UsageException($"the token file {path} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"can't read the token file {path}: {e.Message}");
        }
    }

    private static string Expand(Shell shell, string path) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(shell.Home, path[2..]) : path;

    private sealed record Config
    {
        public string? Server { get; init; }

        public string? TokenFile { get; init; }

        public static Config Read(Shell shell)
        {
            var path = shell.Variable("YUNHE_CONFIG")
                ?? Path.Combine(shell.Variable("XDG_CONFIG_HOME") ?? Path.Combine(shell.Home, ".config"), "yunhe", "config.yaml");
            if (!File.Exists(path)) return new();
            if (new FileInfo(path).Length > MaxConfigBytes) throw new UsageException($"{path} is longer than {MaxConfigBytes} bytes");
            try
            {
                var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build();
                return yaml.Deserialize<Config>(File.ReadAllText(path)) ?? new();
            }
            catch (YamlException e)
            {
                throw new UsageException($"{path}:{e.Start.Line}: {e.InnerException?.Message ?? e.Message} (keys: server, token_file)");
            }
        }
    }
}
