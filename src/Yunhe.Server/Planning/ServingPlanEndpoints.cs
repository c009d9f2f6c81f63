using Yunhe.Contracts;
using Yunhe.Planning;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Serving.Plans;
using Yunhe.Server.Control;
using Yunhe.Server.Http;

namespace Yunhe.Server.Planning;

/// <summary>What serving a model takes, on accelerators and clusters that the request names or on the network's own sites. Nothing is stored.</summary>
internal static class ServingPlanEndpoints
{
    private const string Problem = "application/problem+json";

    public static void MapServingPlans(this WebApplication app) => app.MapPost(Routes.PlanServe, PlanAsync).WithTags("Plans").WithName("PlanServing")
        .WithSummary("Accelerators, layouts and replicas that serve a model at a rate, with latencies, price, energy and carbon per million tokens")
        .Accepts<ServingPlanRequest>("application/json").Produces<ServingPlan>().Produces<ProblemView>(400, Problem).Produces<ProblemView>(422, Problem);

    private static async Task<ServingPlan> PlanAsync(HttpRequest http, ControlLoop loop)
    {
        var request = await Bodies.ReadJsonAsync<ServingPlanRequest>(http);
        var sites = await loop.ReadAsync(state => state.Sites.Select(TrainingPlanEndpoints.WithPools).ToList());
        return await Task.Run(() => Answer(request, SiteClusters.Of(sites).Candidates), http.HttpContext.RequestAborted);
    }

    private static ServingPlan Answer(ServingPlanRequest request, IReadOnlyList<HostCandidate> network)
    {
        try
        {
            return ServingPlanner.Plan(ServingQuestion.Demand(request), ServingQuestion.Places(request, network));
        }
        catch (PlanException e)
        {
            throw Problems.Fields(422, [(e.Where, e.Message)]);
        }
    }
}
