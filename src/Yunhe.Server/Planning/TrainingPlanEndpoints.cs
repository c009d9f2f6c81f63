using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Planning;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Plans;
using Yunhe.Server.Control;
using Yunhe.Server.Http;

namespace Yunhe.Server.Planning;

/// <summary>What training a model takes, over clusters that the request names or over the network's own sites. Nothing is stored.</summary>
internal static class TrainingPlanEndpoints
{
    private const string Problem = "application/problem+json";

    public static void MapTrainingPlans(this WebApplication app) => app.MapPost(Routes.PlanTrain, PlanAsync).WithTags("Plans").WithName("PlanTraining")
        .WithSummary("The best layout of a training run on each cluster or site, with time, failures, money, energy and carbon")
        .Accepts<TrainingPlanRequest>("application/json").Produces<TrainingPlan>().Produces<ProblemView>(400, Problem).Produces<ProblemView>(422, Problem);

    private static async Task<TrainingPlan> PlanAsync(HttpRequest http, ControlLoop loop)
    {
        var request = await Bodies.ReadJsonAsync<TrainingPlanRequest>(http);
        var sites = request.Clusters.Count > 0 ? [] : await loop.ReadAsync(state => state.Sites.Select(WithPools).ToList());
        return await Task.Run(() => Answer(request, sites), http.HttpContext.RequestAborted);
    }

    private static TrainingPlan Answer(TrainingPlanRequest request, IReadOnlyList<Site> sites)
    {
        try
        {
            var question = QuestionReader.Read(request);
            if (request.Clusters.Count > HostFilter.MostCandidates) throw new PlanException("clusters", $"{request.Clusters.Count} are more than {HostFilter.MostCandidates}");
            var (candidates, unusable) = request.Clusters.Count > 0 ? ([.. request.Clusters.Select(ClusterSpec.Parse)], []) : SiteClusters.Of(sites);
            (candidates, unusable) = HostFilter.Only(candidates, unusable, request.Sites);
            return TrainingPlanner.Plan(question, candidates, unusable);
        }
        catch (PlanException e)
        {
            throw Problems.Fields(422, [(e.Where, e.Message)]);
        }
    }

    /// <summary>An engine that schedules itself reports its pools.</summary>
    internal static Site WithPools(SiteState state) =>
        state.Site.Pools.Count > 0 || state.Report is not { } report ? state.Site : state.Site with { Pools = [.. report.Pools.Select(p => p.Pool)] };
}
