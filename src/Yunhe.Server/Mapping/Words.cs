using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Core.Accounts;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Mapping;

/// <summary>Words and amounts of the domain as the wire has them. The enums of both have the same members in the same order (a test holds it).</summary>
internal static class Words
{
    public static PhaseWord Word(this Phase phase) => (PhaseWord)phase;

    public static ObjectiveWord Word(this Objective objective) => (ObjectiveWord)objective;

    /// <summary>In snake_case.</summary>
    public static string Word<T>(this T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static CountsView View(this PhaseCounts c) =>
        new(c.Submitted, c.Queued, c.Placed, c.Staging, c.Running, c.Finishing, c.Succeeded, c.Failed, c.Cancelled);

    public static AmountsView Amounts(Money cost, Energy energy, Carbon carbon) => new(cost.ToDecimal(), energy.KWh, carbon.Grams);

    public static AmountsView View(this UsageRecord used) => Amounts(used.Cost, used.Energy, used.Carbon);

    public static string? OrNull(this string text) => text.Length == 0 ? null : text;
}
