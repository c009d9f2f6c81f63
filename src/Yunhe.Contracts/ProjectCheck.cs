namespace Yunhe.Contracts;

/// <summary>The meaning of a project's declaration, checked field by field; what depends on other projects the server checks.</summary>
public static class ProjectCheck
{
    private const double MaxWeight = 1_000_000;
    private const long MaxAmount = 1L << 50;

    public static IReadOnlyList<FieldError> Check(ProjectRequest project)
    {
        var errors = new FieldErrors();
        if (project.Name is null) errors.Add("name", "is null");
        else errors.Add("name", Names.CheckProject(project.Name));
        if (!(project.Weight is > 0 and <= MaxWeight)) errors.Add("weight", $"is out of range: more than 0, at most {MaxWeight}");
        if (!Enum.IsDefined(project.Reclaim)) errors.Add("reclaim", "use not_higher, any or never");
        Check("quota", project.Quota, errors);
        Check("limit", project.Limit, errors);
        return errors.All;
    }

    private static void Check(string field, BoundRequest? bound, FieldErrors errors)
    {
        if (bound is null) return;
        if (bound.Cpus is { } cpus) errors.Range($"{field}.cpus", cpus, 0, MaxAmount);
        if (bound.MemoryMib is { } memory) errors.Range($"{field}.memory_mib", memory, 0, MaxAmount);
        if (bound.Accelerators is null) errors.Add($"{field}.accelerators", "is null: leave it out instead");
        else
        {
            errors.Count($"{field}.accelerators", bound.Accelerators.Count, RequestCheck.MaxListed);
            foreach (var (model, count) in bound.Accelerators.OrderBy(a => a.Key, StringComparer.Ordinal).Take(RequestCheck.MaxListed))
            {
                errors.Add($"{field}.accelerators", Names.CheckAccelerator(model));
                if (count is < 0 or > MaxAmount) errors.Add($"{field}.accelerators", $"{count} {model} is out of range: 0 to {MaxAmount}");
            }
        }
    }
}
