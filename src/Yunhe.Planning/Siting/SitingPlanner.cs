namespace Yunhe.Planning.Siting;

/// <summary>What is asked for beside the plan itself.</summary>
public sealed record SitingExtras
{
    /// <summary>Points along each side of the front of cost, carbon and latency; 0: no front.</summary>
    public int FrontPoints { get; init; }

    /// <summary>What one kind of hardware alone would cost.</summary>
    public bool Mixes { get; init; }
}

/// <summary>The answer to a request: the plan, what it is held against, and what it rests on.</summary>
public sealed record SitingAnswer
{
    public required string Name { get; init; }

    public required PlanStatus Status { get; init; }

    /// <summary>What the request and Yunhe take for granted.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }

    /// <summary>Null: there is none.</summary>
    public SitingPlan? Plan { get; init; }

    /// <summary>What stands today, on the same demand, and plans made without a solver. Flows, links and green power are the best that can be had with them.</summary>
    public IReadOnlyList<SitingPlan> Compared { get; init; } = [];

    public IReadOnlyList<FrontPoint> Front { get; init; } = [];

    public IReadOnlyList<OneKind> Mixes { get; init; } = [];

    /// <summary>Candidates where the plan builds nothing, in the request's order, each with its reason.</summary>
    public IReadOnlyList<UnusedPlace> Unused { get; init; } = [];

    public EconomicReturn? Return { get; init; }

    /// <summary>Where nothing can do what is asked: what can't hold together. Leave out any one of them and it can, if <see cref="IsIrreducible"/>.</summary>
    public IReadOnlyList<Conflict> Conflicts { get; init; } = [];

    public bool IsIrreducible { get; init; }
}

/// <summary>Where to build next. Pure: the same request gives the same answer, unless the time limit ends the search.</summary>
public static class SitingPlanner
{
    /// <param name="request">One in which <see cref="SitingCheck"/> found nothing wrong.</param>
    /// <param name="extras">What is asked for beside.</param>
    public static SitingAnswer Plan(SitingRequest request, SitingExtras extras)
    {
        var problem = SitingProblem.Of(request);
        var assumptions = SitingAssumptions.Of(problem);

        // 1. The plan.
        using var model = new SitingModel(problem, new());
        model.SetObjective(request.Objective);
        var solution = SitingSolver.Solve(model, request.Solver);
        if (solution.Outcome == SolveOutcome.Infeasible)
        {
            var (conflicts, isIrreducible) = ConflictSearch.Find(problem);
            return new() { Name = request.Name, Status = PlanStatus.Infeasible, Assumptions = assumptions, Conflicts = conflicts, IsIrreducible = isIrreducible };
        }
        if (!solution.HasValues) return new() { Name = request.Name, Status = PlanStatus.NothingFound, Assumptions = assumptions };
        var plan = PlanReading.Read(model, solution, "plan");

        // 2. What it is held against, and why it passes places over.
        return new()
        {
            Name = request.Name,
            Status = plan.Status,
            Assumptions = assumptions,
            Plan = plan,
            Compared =
            [
                Judge(problem, "today, nothing new", new int[problem.Candidates.Count, problem.Hardware.Count, problem.Years]),
                Judge(problem, "nearest", NaivePlans.Nearest(problem)),
                Judge(problem, "cheapest first", NaivePlans.Cheapest(problem)),
            ],
            Unused = UnusedPlaces.Find(model, plan),
            Return = EconomicReturn.Of(problem, plan),
            Front = extras.FrontPoints > 0 ? ParetoFront.Find(model, solution, extras.FrontPoints) : [],
            Mixes = extras.Mixes ? AcceleratorMixes.Find(problem, plan) : [],
        };
    }

    /// <summary>A plan made by others: what is built is given, and the rest is about the best that can be had. Targets and budgets are told, not kept.</summary>
    internal static SitingPlan Judge(SitingProblem problem, string name, int[,,] blocks)
    {
        using var model = new SitingModel(problem, new() { MayLeaveUnserved = true, HasTargets = false, HasBudgets = false });
        model.SetObjective(SitingObjective.Cost);
        for (var s = 0; s < problem.Candidates.Count; s++)
            for (var t = 0; t < problem.Years; t++)
            {
                var isOpen = Enumerable.Range(0, problem.Hardware.Count).Any(a => Enumerable.Range(0, t + 1).Any(u => blocks[s, a, u] > 0));
                Fix(model.Opens[s, t], isOpen ? 1 : 0);
                for (var a = 0; a < problem.Hardware.Count; a++) Fix(model.Blocks[s, a, t], blocks[s, a, t]);
            }

        var found = LaneRounding.Find(model, problem.Request.Solver.TimeLimitSeconds);
        if (!found.HasValues) throw new InvalidOperationException($"'{name}' could not be judged: {found.Outcome}");
        return PlanReading.Read(model, found, name);

        void Fix(int variable, int value)
        {
            if (variable >= 0) model.Program.SetBounds(variable, value, value);
        }
    }
}
