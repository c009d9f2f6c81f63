using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class ReservationTests
{
    private readonly Terminal terminal = new();

    private static readonly ReservationView View = new()
    {
        Reservation = new()
        {
            Name = "demo", Site = "gz", Pool = "h100", Nodes = 2, Project = "ai", Rate = 80,
            From = DateTimeOffset.Parse("2026-12-01T00:00:00Z"), To = DateTimeOffset.Parse("2026-12-01T06:00:00Z"),
        },
        Owner = "admin", Nodes = ["gz-h100-3", "gz-h100-4"], Status = "active", ReservedNodeHours = 12, UsedNodeHours = 3,
    };

    [Fact]
    public async Task One_is_what_its_flags_say()
    {
        terminal.Server.Answer("POST /v1/reservations", View);
        Assert.Equal(0, await terminal.RunAsync("reservation", "add", "demo", "--site", "gz", "--pool", "h100", "--gpus", "16", "--project", "ai", "--from", "2026-12-01T08:00:00+08:00", "--for", "6h", "--rate", "80"));
        var sent = JsonSerializer.Deserialize<ReservationRequest>(terminal.Server.Asked.Single(a => a.Call == "POST /v1/reservations").Body, Wire.Json)!;
        Assert.Equal(("demo", "gz", "h100", (int?)16, "ai", (decimal?)80), (sent.Name, sent.Site, sent.Pool, sent.Accelerators, sent.Project, sent.Rate));
        Assert.Equal((View.Reservation.From, View.Reservation.To), (sent.From.ToUniversalTime(), sent.To.ToUniversalTime()));
        Assert.Contains("demo: gz-h100-3 gz-h100-4", terminal.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("for whom?", "--nodes", "1", "--for", "1h")]
    [InlineData("for whom?", "--nodes", "1", "--for", "1h", "--project", "ai", "--maintenance")]
    [InlineData("until when?", "--nodes", "1", "--project", "ai")]
    [InlineData("--from: 2026-12-01T08:00:00 isn't a time with its zone", "--nodes", "1", "--project", "ai", "--for", "1h", "--from", "2026-12-01T08:00:00")]
    [InlineData("--for:", "--nodes", "1", "--project", "ai", "--for", "soon")]
    public async Task What_is_missing_or_wrong_is_said_before_anything_is_sent(string what, params string[] flags)
    {
        Assert.Equal(2, await terminal.RunAsync(["reservation", "add", "demo", "--site", "gz", .. flags]));
        Assert.Contains(what, terminal.Err, StringComparison.Ordinal);
        Assert.Empty(terminal.Server.Asked);
    }

    [Fact]
    public async Task They_are_listed_shown_and_removed()
    {
        terminal.Server.Answer("GET /v1/reservations", new[] { View });
        terminal.Server.Answer("GET /v1/reservations/demo", View);
        terminal.Server.Answer("GET /v1/server", new ServerView("n", "0.1.0", "CNY", default));
        terminal.Server.Answer("DELETE /v1/reservations/demo", "");
        Assert.Equal(0, await terminal.RunAsync("reservation", "list"));
        Assert.Contains("3 of 12", terminal.Out, StringComparison.Ordinal);
        Assert.Equal(0, await terminal.RunAsync("reservation", "show", "demo"));
        Assert.Contains("2 of gz/h100: gz-h100-3 gz-h100-4", terminal.Out, StringComparison.Ordinal);
        Assert.Equal(0, await terminal.RunAsync("reservation", "remove", "demo"));
        Assert.Contains("demo removed", terminal.Out, StringComparison.Ordinal);
    }
}
