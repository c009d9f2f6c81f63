using Yunhe.Contracts;
using Yunhe.Server.Control;

namespace Yunhe.Server.Http;

internal static class HealthEndpoints
{
    public static void MapHealth(this WebApplication app)
    {
        var started = app.Services.GetRequiredService<ServerOptions>().Time.GetUtcNow();
        app.MapGet("/healthz", () => TypedResults.Text("ok")).WithTags("Server").WithName("Health").WithSummary("The process answers; needs no token");
        app.MapGet("/readyz", (ControlLoop loop) => loop.Turning ? TypedResults.Text("ok") : throw new ProblemException(503, "the control loop does not turn"))
            .WithTags("Server").WithName("Ready").WithSummary("The store is loaded and the control loop turns; needs no token")
            .Produces<ProblemView>(503, "application/problem+json");
        app.MapGet(Routes.Server, async (ControlLoop loop, ServerOptions options) =>
                new ServerView(await loop.ReadAsync(state => state.Network), YunheServer.Version, options.Currency, started))
            .WithTags("Server").WithName("GetServer").WithSummary("Which network this is");
    }
}
