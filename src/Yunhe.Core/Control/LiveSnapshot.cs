using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>
/// A network as it is at a moment, to be run on in virtual time elsewhere: what has not ended, and the engines' latest reports. Without
/// programs, their variables and secrets, the names of their files, quotes, usage, facilities of the census and idempotency keys, none of which a simulation needs.
/// </summary>
public sealed record LiveSnapshot(DateTimeOffset At, StateSnapshot State, IReadOnlyDictionary<string, SiteReport> Reports)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <param name="state">Captured.</param>
    /// <param name="sites">Of the same moment.</param>
    /// <param name="at">That moment.</param>
    public static LiveSnapshot Of(StateSnapshot state, IEnumerable<SiteState> sites, DateTimeOffset at)
    {
        var kept = state.Workloads.Where(w => w.EndedAt is null).Select(w => w.Id).ToHashSet();
        // What has ended still decides about those that wait for it.
        foreach (var dependency in state.Workloads.Where(w => kept.Contains(w.Id)).SelectMany(w => w.Spec.Dependencies).ToList()) kept.Add(dependency.Workload);
        // And what was given up may still use nodes.
        foreach (var task in state.Tasks.Where(t => t.Attempts.Any(a => a.Unconfirmed))) kept.Add(task.Id.Workload);
        return new(
            at,
            state with
            {
                Workloads = [.. state.Workloads.Where(w => kept.Contains(w.Id)).OrderBy(w => w.Id).Select(Bare)],
                Tasks = [.. state.Tasks.Where(t => kept.Contains(t.Id.Workload)).OrderBy(t => t.Id)],
                Quotes = [],
                Usage = [],
                ForgottenUsage = [],
                Facilities = [],
                Measurements = [],
            },
            sites.Where(s => s.Report is not null).ToDictionary(s => s.Site.Name, s => s.Report!, StringComparer.Ordinal));
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="JsonException">It is none.</exception>
    public static LiveSnapshot FromJson(ReadOnlySpan<byte> text) => JsonSerializer.Deserialize<LiveSnapshot>(text, Json) is { State: not null, Reports: not null } read
        ? read : throw new JsonException("not a snapshot of a network");

    private static Workload Bare(Workload workload) => workload with
    {
        IdempotencyKey = null,
        Spec = workload.Spec with
        {
            Program = new(workload.Spec.Program.Kind),
            Envs = new Dictionary<string, string>(),
            Secrets = new Dictionary<string, string>(),
            FileMounts = [],
            Checkpoint = workload.Spec.Checkpoint is { } own ? own with { Path = "" } : null,
            Outputs = [],
        },
    };
}
