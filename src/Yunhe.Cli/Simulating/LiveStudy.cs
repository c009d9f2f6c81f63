using System.Globalization;
using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Core.Control;
using Yunhe.Simulator.Live;

namespace Yunhe.Cli.Simulating;

/// <summary>A running network carried on in virtual time: what would happen if.</summary>
internal static class LiveStudy
{
    private static readonly JsonSerializerOptions Indented = new(Wire.Json) { WriteIndented = true };

    /// <param name="shell">Where the table goes.</param>
    /// <param name="snapshot">Of the network.</param>
    /// <param name="texts">What may happen, as the user wrote it.</param>
    /// <param name="seeds">Runs of each.</param>
    /// <param name="parallel">Runs at a time.</param>
    /// <param name="json">Rather than a table.</param>
    /// <param name="cancel">Ends all of it.</param>
    public static int Run(Shell shell, LiveSnapshot snapshot, IReadOnlyList<string> texts, int seeds, int? parallel, bool json, CancellationToken cancel)
    {
        var sites = snapshot.State.Sites.Select(s => s.Name).ToList();
        var rows = LiveComparison.Run(snapshot, [.. texts.Select(text => Parse(text, sites))], seeds, parallel ?? Environment.ProcessorCount, cancel);
        if (json)
        {
            shell.Out.WriteLine(JsonSerializer.Serialize(new { at = snapshot.At, rows }, Indented));
            return ExitCodes.Success;
        }
        shell.Err.WriteLine($"from {Format.Time(snapshot.At)} on: workloads that have not ended: {rows[0].Workloads}; nothing new comes in");
        Tables.Write(
            shell.Out, shell.OutIsTerminal, shell.Environment,
            ["WHAT IF", "LATE", "DELAYED", "FAILED", "UNFINISHED", "WAIT", "LAST END", "COST", "ENERGY", "CO2E"],
            rows.Select(r => new[]
            {
                r.WhatIf, Number(r.Late), Number(r.Delayed), Number(r.Failed), Number(r.Unfinished), Format.Duration(r.Wait),
                Format.Duration(r.Makespan), Number(r.Cost), Format.Energy(r.EnergyKwh), Format.Carbon(r.CarbonKg * 1000),
            }));
        return ExitCodes.Success;
    }

    /// <summary>From a file, or from the server that the client is connected to.</summary>
    public static async Task<LiveSnapshot> ReadAsync(string source, Func<Uri?, YunheClient> connect, CancellationToken cancel)
    {
        byte[] text;
        if (source.Length == 0) text = await connect(null).SnapshotAsync(cancel);
        else if (Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") text = await connect(uri).SnapshotAsync(cancel);
        else
        {
            Files.MustExist(source);
            text = await File.ReadAllBytesAsync(source, cancel);
        }
        try
        {
            return LiveSnapshot.FromJson(text);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{(source.Length == 0 ? "the server's answer" : source)} isn't a snapshot of a network (GET {Routes.Snapshot}): {e.Message}");
        }
    }

    private static WhatIf Parse(string text, List<string> sites)
    {
        try
        {
            return WhatIf.Parse(text, sites, Durations.Parse);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--what-if: {e.Message}");
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
