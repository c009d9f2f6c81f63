using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;

namespace Yunhe.Simulator.Live;

/// <summary>One thing that may happen, or be done, after the snapshot.</summary>
public abstract record Change;

/// <summary>A site loses its power, or its link, for so long.</summary>
public sealed record Failure(string Site, Failing What, TimeSpan After, TimeSpan Lasts) : Change;

/// <summary>A site takes nothing new from then on.</summary>
public sealed record Drain(string Site, TimeSpan After) : Change;

/// <summary>Whatever waits, and has no budget that decides, is placed by this objective.</summary>
public sealed record Prefer(Objective Objective) : Change;

/// <summary>A course of things to compare with what would happen anyway. <c>Text</c>: as the user wrote it.</summary>
public sealed record WhatIf(string Text, IReadOnlyList<Change> Changes)
{
    /// <summary>Nothing else happens.</summary>
    public static readonly WhatIf BaseLine = new("as it is", []);

    private const string Forms = "use: site NAME fails [at +2h] [for 8h], link NAME fails [at +2h] [for 8h], drain NAME [at +2h], policy cost|time|carbon|balanced";

    /// <summary>Changes with commas between.</summary>
    /// <param name="text">Such as "site guiyang fails at +2h for 8h, policy time".</param>
    /// <param name="sites">Those that there are.</param>
    /// <param name="duration">How durations are read.</param>
    /// <exception cref="FormatException">It is none of the forms; the message tells them.</exception>
    public static WhatIf Parse(string text, IReadOnlyCollection<string> sites, Func<string, TimeSpan> duration) =>
        new(text, [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => ParseOne(part, sites, duration))]);

    private static Change ParseOne(string text, IReadOnlyCollection<string> sites, Func<string, TimeSpan> duration)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["site" or "link", var name, "fails", .. var when] => new Failure(
                Known(name, sites), words[0] == "site" ? Failing.Site : Failing.Link, Span(when, "at", duration) ?? TimeSpan.Zero, Span(when, "for", duration) ?? TimeSpan.FromDays(36_500)),
            ["drain", var name, .. var when] when Span(when, "for", duration) is null => new Drain(Known(name, sites), Span(when, "at", duration) ?? TimeSpan.Zero),
            ["policy", var name] when Enum.GetValues<Objective>().Where(o => o.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)).ToList() is [var objective] => new Prefer(objective),
            _ => throw NotUnderstood(text),
        };
    }

    private static string Known(string name, IReadOnlyCollection<string> sites) =>
        sites.Contains(name) ? name : throw new FormatException($"there is no site {name}: there are {string.Join(", ", sites.Take(20))}");

    /// <summary>The duration behind a word, such as "at +2h" among "at +2h for 8h".</summary>
    private static TimeSpan? Span(IReadOnlyList<string> words, string name, Func<string, TimeSpan> duration)
    {
        TimeSpan? found = null;
        for (var i = 0; i < words.Count; i += 2)
        {
            if (words[i] is not ("at" or "for") || i + 1 == words.Count || words.Take(i).Contains(words[i])) throw NotUnderstood(string.Join(' ', words));
            if (words[i] == name) found = duration(words[i + 1].TrimStart('+'));
        }
        return found;
    }

    private static FormatException NotUnderstood(string text) => new($"'{text}' isn't understood; {Forms}");
}
