using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Planning;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Serving.Plans;
using Yunhe.Planning.Training.Plans;
using Yunhe.Server.Control;
using Yunhe.Server.Http;

namespace Yunhe.Server.Planning;

/// <summary>What training or serving a model takes, over clusters that the request names or over the network's own sites. Nothing is stored.</summary>
internal static class ModelPlanEndpoints
{
    private const string Problem = "application/problem+json";

    public static void MapModelPlans(this WebApplication app)
    {
        Map<TrainingPlanRequest, TrainingPlan>(app, Routes.PlanTrain, "PlanTraining", "The best layout of a training run on each cluster or site, with time, failures, money, energy and carbon", Train);
        Map<ServingPlanRequest, ServingPlan>(app, Routes.PlanServe, "PlanServing", "Accelerators, layouts and replicas that serve a model at a rate, with latencies, price, energy and carbon per million tokens", Serve);
    }

    /// <summary>Planned apart from the control loop, which only tells its sites; what can't be planned is a problem of its field.</summary>
    private static void Map<TRequest, TPlan>(WebApplication app, string route, string name, string summary, Func<TRequest, IReadOnlyList<Site>, TPlan> plan)
        where TRequest : class => app.MapPost(route, async (HttpRequest http, ControlLoop loop) =>
        {
            var request = await Bodies.ReadJsonAsync<TRequest>(http);
            var sites = await loop.ReadAsync(state => state.Sites.Select(WithPools).ToList());
            try
            {
                return await Task.Run(() => plan(request, sites), http.HttpContext.RequestAborted);
            }
            catch (PlanException e)
            {
                throw Problems.Fields(422, [(e.Where, e.Message)]);
            }
        }).WithTags("Plans").WithName(name).WithSummary(summary).Accepts<TRequest>("application/json").Produces<TPlan>().Produces<ProblemView>(400, Problem).Produces<ProblemView>(422, Problem);

    private static TrainingPlan Train(TrainingPlanRequest request, IReadOnlyList<Site> sites)
    {
        var question = QuestionReader.Read(request);
        if (request.Clusters.Count > HostFilter.MostCandidates) throw new PlanException("clusters", $"{request.Clusters.Count} are more than {HostFilter.MostCandidates}");
        var (candidates, unusable) = request.Clusters.Count > 0 ? ([.. request.Clusters.Select(ClusterSpec.Parse)], []) : SiteClusters.Of(sites);
        (candidates, unusable) = HostFilter.Only(candidates, unusable, request.Sites);
        return TrainingPlanner.Plan(question, candidates, unusable);
    }

    private static ServingPlan Serve(ServingPlanRequest request, IReadOnlyList<Site> sites) =>
        ServingPlanner.Plan(ServingQuestion.Demand(request), ServingQuestion.Places(request, SiteClusters.Of(sites).Candidates));

    /// <summary>An engine that schedules itself reports its pools.</summary>
    private static Site WithPools(SiteState state) =>
        state.Site.Pools.Count > 0 || state.Report is not { } report ? state.Site : state.Site with { Pools = [.. report.Pools.Select(p => p.Pool)] };
}
