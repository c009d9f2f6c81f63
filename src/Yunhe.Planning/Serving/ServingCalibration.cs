using System.Globalization;
using System.Text;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Serving;

/// <summary>The constants of one stack; "*" stands for any engine or any accelerator.</summary>
/// <param name="Points">Rows that it was fitted to.</param>
public sealed record ServingProfile(string Engine, string Accelerator, int Points, ServingConstants Constants);

/// <summary>Constants by (engine, accelerator), with what an unknown accelerator or engine falls back to.</summary>
public sealed class ServingCalibration
{
    private const string Overall = "*";

    private readonly Dictionary<(string, string), ServingProfile> _profiles;

    public ServingCalibration(IReadOnlyList<ServingProfile> profiles)
    {
        Profiles = profiles;
        _profiles = profiles.ToDictionary(p => (p.Engine, p.Accelerator));
        if (!_profiles.ContainsKey((Overall, Overall))) throw new ArgumentException("there is no profile for any engine on any accelerator", nameof(profiles));
    }

    /// <summary>What ships with Yunhe: serving-profiles.csv, written by <c>bench/run serving --fit</c>.</summary>
    public static ServingCalibration Shipped { get; } = ReadShipped();

    public IReadOnlyList<ServingProfile> Profiles { get; }

    /// <summary>The stack's own, or the engine's, or what holds for all.</summary>
    public ServingProfile For(string engine, string accelerator) =>
        _profiles.GetValueOrDefault((engine, accelerator)) ?? _profiles.GetValueOrDefault((engine, Overall)) ?? _profiles[(Overall, Overall)];

    public string ToCsv()
    {
        var text = new StringBuilder("engine,accelerator,points");
        foreach (var constant in Enum.GetValues<ServingConstant>()) text.Append(',').Append(Column(constant));
        text.Append('\n');
        foreach (var p in Profiles)
        {
            text.Append(CultureInfo.InvariantCulture, $"{p.Engine},{p.Accelerator},{p.Points}");
            foreach (var value in p.Constants.Values) text.Append(',').Append(value.ToString("G4", CultureInfo.InvariantCulture));
            text.Append('\n');
        }

        return text.ToString();
    }

    public static ServingCalibration Read(Stream stream) => new([.. CsvTable.Read(stream, "engine", "accelerator").Select(row => new ServingProfile(
        row.Text("engine"), row.Text("accelerator"), row.Whole("points", 0) ?? 0,
        new([.. Enum.GetValues<ServingConstant>().Select(c => row.Number(Column(c), double.Epsilon, 1e6) ?? throw row.Problem(Column(c), "a positive number"))])))]);

    private static ServingCalibration ReadShipped()
    {
        using var stream = typeof(ServingCalibration).Assembly.GetManifestResourceStream("serving-profiles.csv")!;
        return Read(stream);
    }

    private static string Column(ServingConstant constant) =>
        string.Concat(constant.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
