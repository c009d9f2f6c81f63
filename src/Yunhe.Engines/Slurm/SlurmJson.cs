using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// The JSON of Slurm's openapi plugin, which <c>squeue --json</c>, <c>sinfo --json</c> and slurmrestd share. Read as a stream:
/// 20,000 jobs are 60 MB. Numbers may be null, plain, or {"set", "infinite", "number"} (from v0.0.40 on).
/// </summary>
internal static class SlurmJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new NumberConverter(), new WordsConverter() },
    };

    public static async Task<IReadOnlyList<SlurmJob>> JobsAsync(Stream json, CancellationToken cancel)
    {
        var reply = await ReadAsync<JobsReply>(json, cancel).ConfigureAwait(false);
        return [.. (reply.Jobs ?? throw Broken("no list of jobs")).Select(Job)];
    }

    public static async Task<IReadOnlyList<SlurmNode>> NodesAsync(Stream json, CancellationToken cancel)
    {
        var reply = await ReadAsync<NodesReply>(json, cancel).ConfigureAwait(false);
        return [.. (reply.Nodes ?? throw Broken("no list of nodes")).Select(Node)];
    }

    public static async Task<IReadOnlyList<SlurmPartition>> PartitionsAsync(Stream json, CancellationToken cancel)
    {
        var reply = await ReadAsync<PartitionsReply>(json, cancel).ConfigureAwait(false);
        return
        [
            .. (reply.Partitions ?? throw Broken("no list of partitions")).Select(p => new SlurmPartition(
                p.Name ?? "", p.State is null || p.State.Contains("UP"), p.MaxTimeLimit is { Value: > 0 and var minutes } ? TimeSpan.FromMinutes(minutes) : null)),
        ];
    }

    /// <summary>What a call that changes something answered: the job's ID, or Slurm's words.</summary>
    public static async Task<(long? Job, string Errors)> AnswerAsync(Stream json, CancellationToken cancel)
    {
        var reply = await ReadAsync<Reply>(json, cancel).ConfigureAwait(false);
        return (reply.JobId?.Value, Words(reply.Errors));
    }

    private static string Words(IEnumerable<ErrorRow>? errors) =>
        string.Join("; ", (errors ?? []).Select(e => e.Error ?? e.Description ?? "unnamed error").Distinct());

    private static async Task<T> ReadAsync<T>(Stream json, CancellationToken cancel)
        where T : Reply
    {
        try
        {
            var reply = await JsonSerializer.DeserializeAsync<T>(json, Options, cancel).ConfigureAwait(false) ?? throw Broken("null");
            return typeof(T) == typeof(Reply) || reply.Errors is not { Count: > 0 } errors ? reply : throw new EngineUnavailableException($"Slurm: {Words(errors)}");
        }
        catch (JsonException e)
        {
            throw new EngineUnavailableException($"Slurm's JSON can't be read: {e.Message}", e);
        }
    }

    private static EngineUnavailableException Broken(string what) => new($"Slurm's JSON can't be read: {what}");

    private static SlurmJob Job(JobRow row) => new()
    {
        Id = row.JobId?.Value ?? 0,
        ArrayJob = row.ArrayJobId?.Value ?? 0,
        ArrayTask = (int?)row.ArrayTaskId?.Value,
        ArrayTasks = row.ArrayTaskString ?? "",
        Comment = row.Comment ?? "",
        State = row.JobState?.FirstOrDefault() ?? "",
        Reason = row.StateReason ?? "",
        WaitStatus = (int)(row.ExitCode?.Value ?? 0),
        Restarts = (int)(row.RestartCnt?.Value ?? 0),
        Start = Time(row.StartTime),
        End = Time(row.EndTime),
        Nodes = row.Nodes ?? "",
        NodeCount = (int)(row.NodeCount?.Value ?? 1),
        Cpus = (int)(row.Cpus?.Value ?? 1),
        MemoryPerNodeMiB = row.MemoryPerNode?.Value,
        MemoryPerCpuMiB = row.MemoryPerCpu?.Value,
        GresPerNode = row.TresPerNode ?? "",
        Limit = row.TimeLimit is { Value: > 0 and var minutes } ? TimeSpan.FromMinutes(minutes) : null,
        Partition = row.Partition ?? "",
    };

    private static SlurmNode Node(NodeRow row) => new()
    {
        Name = row.Name ?? "",
        Usable = IsUsable(row.State ?? [], row.StateFlags ?? []),
        Cpus = (int)(row.Cpus?.Value ?? 0),
        UsedCpus = (int)(row.AllocCpus?.Value ?? 0),
        MemoryMiB = row.RealMemory?.Value ?? 0,
        UsedMemoryMiB = row.AllocMemory?.Value ?? 0,
        Gres = row.Gres ?? "",
        UsedGres = row.GresUsed ?? "",
        Partitions = row.Partitions ?? [],
        Features = row.ActiveFeatures ?? [],
    };

    private static bool IsUsable(IEnumerable<string> state, IEnumerable<string> flags)
    {
        var words = state.Concat(flags).Select(word => word.ToUpperInvariant()).ToHashSet();
        return words.Overlaps(["IDLE", "MIXED", "ALLOCATED", "COMPLETING"])
            && !words.Overlaps(["DRAIN", "DRAINED", "DRAINING", "DOWN", "FAIL", "NOT_RESPONDING", "MAINTENANCE", "MAINT", "REBOOT_REQUESTED",
                "REBOOT_ISSUED", "POWERING_DOWN", "INVALID_REG", "ERROR", "FUTURE", "UNKNOWN", "UNK", "NO_RESPOND"]);
    }

    private static DateTimeOffset? Time(Number? seconds) =>
        seconds is { Value: > 0 and var value } ? DateTimeOffset.FromUnixTimeSeconds(value) : null;

    private class Reply
    {
        public List<ErrorRow>? Errors { get; init; }

        public Number? JobId { get; init; }
    }

    private sealed class JobsReply : Reply
    {
        public List<JobRow>? Jobs { get; init; }
    }

    private sealed class NodesReply : Reply
    {
        public List<NodeRow>? Nodes { get; init; }
    }

    private sealed class PartitionsReply : Reply
    {
        public List<PartitionRow>? Partitions { get; init; }
    }

    private sealed record ErrorRow(string? Error, string? Description);

    private sealed record JobRow(
        Number? JobId, Number? ArrayJobId, Number? ArrayTaskId, string? ArrayTaskString, string? Comment, List<string>? JobState,
        string? StateReason, Number? ExitCode, Number? RestartCnt, Number? StartTime, Number? EndTime, string? Nodes, Number? NodeCount,
        Number? Cpus, Number? MemoryPerNode, Number? MemoryPerCpu, string? TresPerNode, Number? TimeLimit, string? Partition);

    private sealed record NodeRow(
        string? Name, List<string>? State, List<string>? StateFlags, Number? Cpus, Number? AllocCpus, Number? RealMemory,
        Number? AllocMemory, string? Gres, string? GresUsed, List<string>? Partitions, List<string>? ActiveFeatures);

    private sealed record PartitionRow(string? Name, List<string>? State, Number? MaxTimeLimit);

    private sealed record Number(long Value);

    /// <summary>Unset and infinite read as null.</summary>
    private sealed class NumberConverter : JsonConverter<Number>
    {
        public override Number? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Number:
                    return new(reader.TryGetInt64(out var whole) ? whole : (long)reader.GetDouble());
                case JsonTokenType.String:
                    return long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var text) ? new(text) : null;
                case JsonTokenType.StartObject:
                    using (var parts = JsonDocument.ParseValue(ref reader))
                    {
                        var has = parts.RootElement.TryGetProperty("number", out var number) && number.TryGetInt64(out _);
                        var set = !parts.RootElement.TryGetProperty("set", out var flag) || flag.ValueKind == JsonValueKind.True;
                        var infinite = parts.RootElement.TryGetProperty("infinite", out var ever) && ever.ValueKind == JsonValueKind.True;
                        return has && set && !infinite ? new(number.GetInt64()) : null;
                    }

                default:
                    reader.Skip();
                    return null;
            }
        }

        public override void Write(Utf8JsonWriter writer, Number value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    /// <summary>A list of words, or one text of words parted by commas (v0.0.38).</summary>
    private sealed class WordsConverter : JsonConverter<List<string>>
    {
        public override List<string>? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return [.. reader.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries)];
            var words = new List<string>();
            if (reader.TokenType != JsonTokenType.StartArray) return words;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.String) words.Add(reader.GetString()!);
                else reader.Skip();
            }

            return words;
        }

        public override void Write(Utf8JsonWriter writer, List<string> value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
