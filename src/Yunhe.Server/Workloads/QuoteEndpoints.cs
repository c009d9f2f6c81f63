using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;

namespace Yunhe.Server.Workloads;

internal static class QuoteEndpoints
{
    public static void MapQuotes(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Quotes).WithTags("Quotes");
        group.MapPost("", RequestAsync).WithName("RequestQuote").WithSummary("What every site would answer to a workload; can be bound to")
            .Accepts<WorkloadRequest>(Submissions.Json, Submissions.Yaml, Submissions.Script)
            .Produces<QuoteView>(201).Produces<ProblemView>(400, "application/problem+json").Produces<ProblemView>(422, "application/problem+json");
        group.MapGet("/{id}", ShowAsync).WithName("GetQuote").WithSummary("A quote that was given; kept until it expires")
            .Produces<QuoteView>().Produces<ProblemView>(404, "application/problem+json");
    }

    private static async Task<IResult> RequestAsync(HttpRequest http, Submissions submissions, ControlLoop loop)
    {
        var submission = await submissions.ReadAsync(http);
        var quote = (await loop.AcceptedAsync(new RequestQuote(submission.Spec, Authentication.Admin))).Quote!;
        return TypedResults.Created($"{Routes.Quotes}/{quote.Id}", Decisions.View(quote, [.. submission.Warnings, .. OfArray(submission.Spec, quote)]));
    }

    /// <summary>Sites answer to one task.</summary>
    private static IEnumerable<string> OfArray(WorkloadSpec spec, Quote quote)
    {
        if (spec.Array is not { Indices.Count: > 1 and var tasks } || quote.Best is not { } best) yield break;
        var all = best.Cost.Times(tasks);
        yield return $"array: the figures are of one task, with nothing else of it in its way; all {tasks} would cost about {all} at {best.Site}";
        if (spec.Budget is { } budget && all > budget) yield return $"budget: {budget} is enough for about {(int)((double)budget.Micros / Math.Max(1, best.Cost.Micros))} of {tasks} tasks";
    }

    private static async Task<QuoteView> ShowAsync(string id, ControlLoop loop) =>
        await loop.ReadAsync(state => state.Quote(id)) is { } quote
            ? Decisions.View(quote, [])
            : throw Problems.NotFound($"quote {id}, or it has expired");
}
