using Google.OrTools.ModelBuilder;

namespace Yunhe.Planning.Siting;

internal enum SolveOutcome
{
    /// <summary>Within the gap that was asked for.</summary>
    Solved,

    /// <summary>A solution, but not proven to be within the gap in time.</summary>
    TimeLimit,
    Infeasible,

    /// <summary>The time ended before there was any solution.</summary>
    Unknown,
}

/// <summary>What a solver found. <c>Bound</c>: no solution has a lower objective.</summary>
internal sealed record Solution(SolveOutcome Outcome, double Objective, double Bound, double[] Values)
{
    public double Seconds { get; init; }

    public bool HasValues => Values.Length > 0;

    public double Gap => HasValues ? Math.Max(0, (Objective - Bound) / Math.Max(1e-9, Math.Abs(Objective))) : double.PositiveInfinity;
}

/// <summary>A mixed-integer linear program that is built once and solved with changed bounds and objectives. One thread; the same answer each time unless the time limit ends it.</summary>
internal sealed class LinearProgram : IDisposable
{
    private readonly ModelBuilderHelper model = new();
    private readonly List<int> integers = [];

    public int Variables => model.VariablesCount();

    public int Rows => model.ConstraintsCount();

    public int Integers => integers.Count;

    public int AddVariable(double upper, bool isInteger = false)
    {
        var v = model.AddVar();
        model.SetVarLowerBound(v, 0);
        model.SetVarUpperBound(v, upper);
        if (!isInteger) return v;
        model.SetVarIntegrality(v, true);
        integers.Add(v);
        return v;
    }

    public int AddRow(double least, double most)
    {
        var row = model.AddLinearConstraint();
        SetRow(row, least, most);
        return row;
    }

    /// <summary>A variable may stand in a row several times; the terms add up.</summary>
    public void AddTerm(int row, int variable, double by)
    {
        if (variable >= 0 && by != 0) model.SafeAddConstraintTerm(row, variable, by);
    }

    public void SetRow(int row, double least, double most)
    {
        model.SetConstraintLowerBound(row, least);
        model.SetConstraintUpperBound(row, most);
    }

    /// <summary>The row's activity is at one of these bounds, within a thousandth.</summary>
    public bool IsTight(int row, double least, double most, double[] values)
    {
        var (variables, by) = (model.ConstraintVarIndices(row), model.ConstraintCoefficients(row));
        var (activity, scale) = (0.0, 1e-6);
        for (var i = 0; i < variables.Length; i++)
        {
            activity += by[i] * values[variables[i]];
            scale = Math.Max(scale, Math.Abs(by[i] * values[variables[i]]));
        }
        return scale > 1e-5 && ((double.IsFinite(least) && activity - least < 1e-3 * scale) || (double.IsFinite(most) && most - activity < 1e-3 * scale));
    }

    public void SetBounds(int variable, double least, double most)
    {
        model.SetVarLowerBound(variable, least);
        model.SetVarUpperBound(variable, most);
    }

    /// <summary>Whether a variable that was made whole has to be.</summary>
    public void SetWhole(int variable, bool isWhole) => model.SetVarIntegrality(variable, isWhole);

    public double Upper(int variable) => model.VarUpperBound(variable);

    public void SetObjective(IReadOnlyList<double> by, double constant)
    {
        for (var v = 0; v < by.Count; v++) model.SetVarObjectiveCoefficient(v, by[v]);
        model.SetObjectiveOffset(constant);
    }

    public double ObjectiveOf(int variable) => model.VarObjectiveCoefficient(variable);

    public void SetObjectiveOf(int variable, double by) => model.SetVarObjectiveCoefficient(variable, by);

    public double Evaluate(double[] values)
    {
        var sum = model.ObjectiveOffset();
        for (var v = 0; v < values.Length; v++) sum += model.VarObjectiveCoefficient(v) * values[v];
        return sum;
    }

    /// <summary>A solution to start from, or near one.</summary>
    public void Hint(double[] values)
    {
        model.ClearHints();
        for (var v = 0; v < values.Length; v++) model.AddHint(v, values[v]);
    }

    /// <summary>Nothing has to be whole: a bound, and quickly.</summary>
    public Solution Relax(double seconds)
    {
        foreach (var v in integers) model.SetVarIntegrality(v, false);
        var solution = Run("glop", "", seconds);
        foreach (var v in integers) model.SetVarIntegrality(v, true);
        return solution;
    }

    /// <param name="terms">When it ends.</param>
    /// <param name="nodes">Of the search tree at most; −1: any number.</param>
    public Solution Solve(SolverTerms terms, int nodes = -1) => integers.Count == 0
        ? Relax(terms.TimeLimitSeconds)
        : Run(
            "scip",
            FormattableString.Invariant($"limits/gap = {terms.Gap}\nlimits/nodes = {nodes}\nrandomization/randomseedshift = {terms.Seed}\nparallel/maxnthreads = 1\n"),
            terms.TimeLimitSeconds);

    public void Dispose() => model.Dispose();

    private Solution Run(string solver, string parameters, double seconds)
    {
        using var helper = new ModelSolverHelper(solver);
        helper.SetTimeLimitInSeconds(seconds);
        if (parameters.Length > 0) helper.SetSolverSpecificParameters(parameters);
        helper.Solve(model);
        var status = helper.HasResponse() ? helper.Status() : SolveStatus.UNKNOWN_STATUS;
        if (!helper.HasSolution())
            return new(status == SolveStatus.INFEASIBLE ? SolveOutcome.Infeasible : SolveOutcome.Unknown, double.NaN, double.NegativeInfinity, []) { Seconds = helper.WallTime() };
        var values = new double[Variables];
        for (var v = 0; v < values.Length; v++) values[v] = helper.VariableValue(v);
        var bound = solver == "glop" ? helper.ObjectiveValue() : helper.BestObjectiveBound();
        return new(status == SolveStatus.OPTIMAL ? SolveOutcome.Solved : SolveOutcome.TimeLimit, helper.ObjectiveValue(), bound, values) { Seconds = helper.WallTime() };
    }
}
