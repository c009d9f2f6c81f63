using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Failures;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

public enum PlanObjective
{
    Time,
    Cost,
    Carbon,
}

/// <summary>What is asked of a plan, checked: a run, how it may be cut, and what to reckon with.</summary>
public sealed record TrainingQuestion
{
    public required TrainingJob Job { get; init; }

    /// <summary>To be used of a cluster; null: as many as it has.</summary>
    public int? Devices { get; init; }

    public LayoutLimits Limits { get; init; } = LayoutLimits.None;

    public Reliability Reliability { get; init; } = new();

    /// <summary>Software stack, as its makers or users call it; empty: a typical current one.</summary>
    public string Stack { get; init; } = "";

    /// <summary>By what clusters are ranked.</summary>
    public PlanObjective Optimize { get; init; }

    /// <summary>Layouts shown for each cluster.</summary>
    public int Alternatives { get; init; } = 5;

    /// <summary>Steps between two exchanges of sites that train together; 1: each step, as within a site.</summary>
    public int LocalSteps { get; init; } = 1;

    /// <summary>What was assumed of the model and the run.</summary>
    public IReadOnlyList<Assumption> Assumptions { get; init; } = [];

    public double Tokens => Job.BillionTokens * 1e9;
}

/// <summary>What is asked of a plan as people say it: body of POST /v1/plan/train.</summary>
public sealed record TrainingPlanRequest
{
    /// <summary>A preset, a size, or a shape in one line; see <see cref="ModelChoice"/>.</summary>
    public string Model { get; init; } = "";

    /// <summary>Instead of <see cref="Model"/>: a shape in full.</summary>
    public LanguageModel? Shape { get; init; }

    /// <summary>2T, 300B, or a number.</summary>
    public string Tokens { get; init; } = "";

    public int Sequence { get; init; } = 8192;

    /// <summary>Sequences of a step, or its tokens with a unit ("4M"); empty: about 4M tokens.</summary>
    public string Batch { get; init; } = "";

    /// <summary>bf16, fp16 or fp8.</summary>
    public string Precision { get; init; } = "bf16";

    /// <summary>In one line each; empty: the sites of the server's network. See <see cref="Clusters.ClusterSpec"/>.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    public int? Devices { get; init; }

    public LayoutLimits Limits { get; init; } = LayoutLimits.None;

    public double? FailuresPerThousandNodeDays { get; init; }

    public double? RestartMinutes { get; init; }

    public string Stack { get; init; } = "";

    public PlanObjective Optimize { get; init; }

    public int Alternatives { get; init; } = 5;

    public int LocalSteps { get; init; } = 1;

    /// <summary>Sites that are meant; empty: all.</summary>
    public IReadOnlyList<string> Sites { get; init; } = [];
}
