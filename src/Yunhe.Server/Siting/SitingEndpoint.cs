using Yunhe.Contracts;
using Yunhe.Planning.Siting;
using Yunhe.Server.Http;

namespace Yunhe.Server.Siting;

/// <summary>Where to build next. A search takes a core for up to a minute, so there is one at a time, apart from the control loop.</summary>
internal static class SitingEndpoint
{
    private const double MostSeconds = 60;
    private const int MostFrontPoints = 4;

    private static readonly SemaphoreSlim One = new(1, 1);

    public static void MapSiting(this WebApplication app) =>
        app.MapPost(Routes.PlanSites, PlanAsync).WithTags("Plans").WithName("PlanSites")
            .WithSummary("What to build where and when, from demand, candidates, hardware, budgets and targets; ?front=N adds the front of cost, carbon and latency, ?mixes=true each kind of hardware alone")
            .Accepts<SitingRequest>("application/json").Produces<SitingAnswer>()
            .Produces<ProblemView>(400, "application/problem+json").Produces<ProblemView>(422, "application/problem+json").Produces<ProblemView>(503, "application/problem+json");

    private static async Task<SitingAnswer> PlanAsync(HttpRequest http, string? front, string? mixes)
    {
        var request = await Bodies.ReadJsonAsync<SitingRequest>(http);
        var wrong = SitingCheck.Check(request);
        if (wrong.Count > 0) throw Problems.Fields(422, wrong.Select(w => (w.Field, w.Message)));
        var points = Queries.Number("front", front) ?? 0;
        if (points > MostFrontPoints) throw Problems.Fields(400, [("front", $"must be 0 to {MostFrontPoints} here; yunhe plan sites --pareto takes more")]);
        if (mixes is not (null or "true" or "false")) throw Problems.Fields(400, [("mixes", "must be true or false")]);
        if (request.Solver.TimeLimitSeconds > MostSeconds)
            throw Problems.Fields(422, [("solver.time_limit_seconds", $"{request.Solver.TimeLimitSeconds} is out of range here: at most {MostSeconds}")]);
        if (!await One.WaitAsync(0, http.HttpContext.RequestAborted)) throw new ProblemException(503, "another plan of sites is being searched: send it again when that is done");
        try
        {
            return await Task.Run(() => SitingPlanner.Plan(request, new() { FrontPoints = points, Mixes = mixes == "true" }));
        }
        finally
        {
            One.Release();
        }
    }
}
