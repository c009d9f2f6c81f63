using System.Security.Cryptography;
using System.Text.Json;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

/// <summary>Quotes and submissions.</summary>
internal static class SubmissionRules
{
    /// <summary>How long a quote binds.</summary>
    private static readonly TimeSpan QuoteValidity = TimeSpan.FromMinutes(15);

    public static void Quote(Step step, RequestQuote input)
    {
        if (Contradiction(step.State, input.Spec) is { } wrong)
        {
            step.Refuse(RefusalKind.Invalid, wrong);
            return;
        }
        var decision = Controller.Forecast(step.State, input.Spec, input.Owner, step.Now);
        var id = $"q{step.State.LastQuote + 1}";
        var quote = new Quote(id, input.Owner, input.Spec, HashOf(input.Spec), decision, step.Now + QuoteValidity);
        var site = quote.Best is { } best ? step.State.Site(best.Site)!.Site : null;
        step.Quote = quote with { Prices = site is null ? null : site.Prices with { Tariff = site.Tariff } };
        step.Emit(new QuoteIssued(step.Now, step.Quote));
    }

    public static void Submit(Step step, Submit input)
    {
        // 1. The same key again is the same workload, or a mistake.
        var hash = HashOf(input.Spec);
        if (input.IdempotencyKey is { } key && step.State.ByKey(input.Owner, key) is { } earlier)
        {
            if (step.State.Workload(earlier)!.SpecHash == hash) step.Workload = earlier;
            else step.Refuse(RefusalKind.Conflict, $"the idempotency key was used for another workload, {earlier}");
            return;
        }

        // 2. It makes sense by itself, and its quote is its own.
        if (Contradiction(step.State, input.Spec) is { } wrong)
        {
            step.Refuse(RefusalKind.Invalid, wrong);
            return;
        }
        if (!CheckQuote(step, input, hash)) return;
        var quote = input.QuoteId is { } quoteId ? step.State.Quote(quoteId) : null;
        var bound = quote?.Best?.Site;

        // 3. Some site can take it, now or once something passes.
        var subject = new Subject(input.Spec, input.Owner, default, bound, quote?.Prices);
        var decision = Placement.Evaluate(step.State, subject, step.Now);
        if (decision.Hopeless)
        {
            step.Refuse(RefusalKind.Unsatisfiable, Unsatisfiable(decision), decision.Candidates);
            return;
        }

        // 4. It is accepted, and waits for what it depends on.
        var id = new WorkloadId(step.State.LastWorkload + 1);
        var waits = input.Spec.Dependencies.Count > 0;
        step.Workload = id;
        step.Emit(new WorkloadSubmitted(step.Now, id, input.Spec, input.Owner, input.IdempotencyKey, hash)
        {
            QuoteId = input.QuoteId, BoundSite = bound, BoundPrices = quote?.Prices, Released = !waits, Foretold = waits ? null : Foretell(step, subject, decision),
        });
        if (waits) DependencyRules.Review(step, id);
    }

    /// <summary>Now and then one that has to wait is told when it will start, and that is held against its start.</summary>
    private static Foretold? Foretell(Step step, Subject subject, Decision decision) =>
        decision.Candidates is [{ Excluded: null } best, ..] && (!best.FreeNow || step.State.Waiting > 0) && step.State.Forecasts.Wants(step.Now)
            ? StartOutlook.Keep(step.State, StartOutlook.Of(step.State, subject, null, step.Now))
            : null;

    private static bool CheckQuote(Step step, Submit input, string hash)
    {
        if (input.QuoteId is not { } id) return true;
        var quote = step.State.Quote(id);
        if (quote is null || quote.Owner != input.Owner) step.Refuse(RefusalKind.NotFound, $"there is no quote {id}, or it has expired; ask for a new one");
        else if (quote.ValidUntil < step.Now) step.Refuse(RefusalKind.Conflict, $"quote {id} expired at {quote.ValidUntil:u}; ask for a new one");
        else if (quote.SpecHash != hash) step.Refuse(RefusalKind.Conflict, $"quote {id} was given for another workload than this; ask for a new one");
        else if (quote.Best is null) step.Refuse(RefusalKind.Conflict, $"quote {id} found no site that can take it");
        else return true;
        return false;
    }

    /// <summary>What of a workload contradicts the state; null: nothing.</summary>
    private static string? Contradiction(State state, WorkloadSpec spec)
    {
        if (ProjectRules.Unusable(state, spec.Project) is { } unusable) return unusable;
        if (spec.Reservation is { } name && state.Reserved.Find(name) is { } reservation && ReservationTable.Unusable(reservation, new(spec, "", default)) is { } closed) return closed;
        foreach (var site in spec.Sites)
            if (state.Site(site) is null) return $"sites: there is no site {site}; attached: {string.Join(", ", state.Sites.Select(s => s.Site.Name))}";
        foreach (var dependency in spec.Dependencies)
        {
            if (state.Workload(dependency.Workload) is not { } other) return $"dependencies: there is no workload {dependency.Workload}";
            if (dependency.Kind == DependencyKind.AfterCorresponding && !SameIndices(spec.Array, other.Spec.Array))
                return $"dependencies: aftercorr wants the same array indices as {dependency.Workload}";
        }
        return null;
    }

    private static bool SameIndices(ArraySpec? a, ArraySpec? b) => a is not null && b is not null && a.Indices.SequenceEqual(b.Indices);

    private static string Unsatisfiable(Decision decision) =>
        decision.Candidates.Count + decision.Omitted == 0 ? "no site is attached; attach one with: yunhe site add"
        : decision.Exclusions.Count > 0 ? "no site can ever take it: " + string.Join(" | ", decision.Exclusions.Take(5).Select(e => $"{e.Sites} such as {e.Example}: {e.Why}"))
        : "no site can ever take it: " + string.Join(" | ", decision.Candidates.Take(5).Select(c => $"{c.Site}: {c.Excluded}"));

    /// <summary>Of equal specs equal, in whatever order their variables were written.</summary>
    private static string HashOf(WorkloadSpec spec)
    {
        var sorted = spec with { Envs = Sorted(spec.Envs), Secrets = Sorted(spec.Secrets) };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(sorted)))[..32];
    }

    private static SortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> variables) =>
        new(variables.ToDictionary(v => v.Key, v => v.Value), StringComparer.Ordinal);
}
