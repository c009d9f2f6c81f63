using System.Text;
using Yunhe.Planning.Serving.Plans;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Tests.Serving;

public sealed class TraceReplayTests
{
    private static readonly ServingPlanRequest Usual = new()
    {
        Model = "llama-3.1-8b", Precision = "bf16", InputTokens = 1000, OutputTokens = 50, RequestsPerSecond = 2, FirstTokenMs = 1000, PerTokenMs = 50, Accelerators = ["H100"],
    };

    [Fact]
    public void A_trace_tells_rate_lengths_and_burstiness()
    {
        var trace = Read("0,100,10\n1,300,30\n2,100,10\n3,300,30\n");
        Assert.Equal((1.0, 200.0, 20.0, 0.0, 0.25), (trace.RequestsPerSecond, trace.InputTokens, trace.OutputTokens, trace.Burstiness, trace.LengthVariability));
        Assert.Equal(4, Read("2023-11-16 18:17:03.9799600,10,1\n2023-11-16 18:17:04.0319600,10,1\n2023-11-16 18:17:05,10,1\n2023-11-16 18:17:06,10,1\n").Requests.Count);
    }

    [Theory]
    [InlineData("yesterday,10,10\n1,10,10\n", "line 2, TIMESTAMP")]
    [InlineData("0,10,10\n1,many,10\n", "line 3, ContextTokens")]
    [InlineData("0,10,10\n1,10,-5\n", "line 3, GeneratedTokens")]
    [InlineData("0,10,10\n", "two requests or more")]
    [InlineData("", "two requests or more")]
    public void A_bad_line_is_named(string rows, string message) => Assert.Contains(message, Assert.Throws<TableException>(() => Read(rows)).Message);

    [Fact]
    public void Every_request_is_answered_once_and_alike_each_time()
    {
        var trace = Steady(500, 0.4);
        var (first, second) = (Replay(trace), Replay(trace));
        Assert.Equal(first, second);
        Assert.Equal(500, first.Requests);
        Assert.True(first.MeetsTargets);
    }

    [Fact]
    public void Requests_all_at_once_wait_longer_than_the_same_spread_out() =>
        Assert.True(Replay(Steady(200, 0.0001)).FirstTokenMs > 3 * Replay(Steady(200, 0.5)).FirstTokenMs);

    [Fact]
    public void The_estimate_holds_against_a_steady_trace_within_a_third()
    {
        var (demand, places, option) = Planned();
        var replay = TraceReplay.Run(Steady(1000, 0.5), demand, places[0], option);
        Assert.InRange(replay.MedianPerTokenMs / option.PerTokenMs.Value, 0.6, 1.34);
        Assert.True(replay.FirstTokenMs <= option.FirstTokenMs.Value * 1.34);
    }

    private static ReplayResult Replay(RequestTrace trace)
    {
        var (demand, places, option) = Planned();
        return TraceReplay.Run(trace, demand, places[0], option);
    }

    private static (ServingDemand Demand, IReadOnlyList<ServingPlace> Places, ServingOption Option) Planned()
    {
        var (demand, places) = (ServingQuestion.Demand(Usual), ServingQuestion.Places(Usual, []));
        return (demand, places, ServingPlanner.Plan(demand, places).All.Single(o => o.Layout == "TP1"));
    }

    private static RequestTrace Steady(int count, double gap) =>
        new([.. Enumerable.Range(0, count).Select(i => new TracedRequest(i * gap, 1000, 50))]);

    private static RequestTrace Read(string rows) => RequestTrace.Read(new MemoryStream(Encoding.UTF8.GetBytes("TIMESTAMP,ContextTokens,GeneratedTokens\n" + rows)));
}
