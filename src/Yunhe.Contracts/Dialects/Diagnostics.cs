namespace Yunhe.Contracts.Dialects;

/// <summary>Where something stands: line and column from 1, 0 where unknown; or a flag of the command line.</summary>
internal readonly record struct Place(int Line, int Column = 0, string? Flag = null)
{
    internal static Place OfFlag(string flag) => new(0, 0, flag);
}

/// <summary>Gathers all that is wrong with a text, so that a user mends it in one go.</summary>
internal sealed class Diagnostics(string fileName)
{
    /// <summary>At this many errors reading stops: nobody mends more in one go.</summary>
    private const int MaxErrors = 100;

    /// <summary>Further warnings are only counted.</summary>
    private const int MaxWarnings = 100;

    private readonly HashSet<(Place Place, string Message)> errors = [];
    private readonly HashSet<(Place Place, string Message)> warnings = [];
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);

    private int moreWarnings;

    internal IReadOnlyList<string> Warnings =>
    [
        .. InOrder(warnings).Select(w => $"{Where(w.Place)}: {w.Message}"),
        .. moreWarnings == 0 ? Array.Empty<string>() : [$"{fileName}: … and {moreWarnings} more warnings"],
    ];

    /// <exception cref="DialectException">There are as many errors now as are ever shown.</exception>
    internal void Error(Place place, string message)
    {
        errors.Add((place, message));
        if (errors.Count >= MaxErrors) throw Failure();
    }

    internal void Warn(Place place, string message)
    {
        if (warnings.Count < MaxWarnings) warnings.Add((place, message));
        else moreWarnings++;
    }

    /// <summary>Remembers where a field of the request was written, for <see cref="Check"/>.</summary>
    internal void Locate(string field, Place place) => places[field] = place;

    /// <summary>What <paramref name="parse"/> makes; where it finds the text wrong, its reason is noted and the fallback taken.</summary>
    internal T Read<T>(Place place, string key, T fallback, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException e)
        {
            Error(place, place.Flag is null ? $"{key}: {e.Message}" : e.Message);
            return fallback;
        }
    }

    /// <summary>Adds what the request itself violates. A field that is wrong already isn't named twice.</summary>
    internal void Check(WorkloadRequest request)
    {
        foreach (var (field, message) in RequestCheck.Check(request))
        {
            var place = PlaceOf(field);
            if (place == default || errors.All(e => e.Place != place)) Error(place, place.Flag is null ? $"{field}: {message}" : message);
        }
    }

    internal void ThrowIfAny()
    {
        if (errors.Count > 0) throw Failure();
    }

    /// <summary>For what makes reading on senseless: throw what this returns.</summary>
    internal DialectException Stop(Place place, string message)
    {
        Error(place, message);
        return Failure();
    }

    private DialectException Failure()
    {
        var shown = InOrder(errors).Select(e => new DialectError(Where(e.Place), e.Message)).ToList();
        if (errors.Count >= MaxErrors) shown.Add(new(fileName, "… reading stopped here: mend these first"));
        return new(shown);
    }

    private Place PlaceOf(string field)
    {
        for (var cut = field.Length; cut > 0; cut = field.LastIndexOfAny(['.', '['], cut - 1))
            if (places.TryGetValue(field[..cut], out var place))
                return place;
        return default;
    }

    private static IEnumerable<(Place Place, string Message)> InOrder(IEnumerable<(Place Place, string Message)> all) =>
        all.OrderBy(e => e.Place.Line).ThenBy(e => e.Place.Column);

    private string Where(Place place) => place switch
    {
        { Flag: { } flag } => flag,
        { Line: 0 } => fileName,
        { Column: 0 } => $"{fileName}:{place.Line}",
        _ => $"{fileName}:{place.Line}:{place.Column}",
    };
}
