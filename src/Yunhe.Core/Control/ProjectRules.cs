namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling.Shares;

/// <summary>What operators do with projects, and what users may do with them.</summary>
internal static class ProjectRules
{
    private const int MostProjects = 10_000;
    private const double MostWeight = 1_000_000;
    private static readonly TimeSpan ShortestHalfLife = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestHalfLife = TimeSpan.FromDays(366);

    public static void Set(Step step, SetProject input)
    {
        var (state, project) = (step.State, input.Project);
        if (Wrong(project) is { } wrong) step.Refuse(RefusalKind.Invalid, wrong);
        else if (Project.TenantOf(project.Name) is { } tenant && state.Project(tenant) is null)
            step.Refuse(RefusalKind.Invalid, $"name: there is no tenant {tenant}; declare it first");
        else if (state.Project(project.Name) is null && state.Projects.Count >= MostProjects)
            step.Refuse(RefusalKind.Conflict, $"there are {MostProjects} projects already; no more are kept");
        else
            step.Emit(new ProjectSet(step.Now, project));
    }

    public static void Remove(Step step, RemoveProject input)
    {
        var name = input.Project;
        if (step.State.Project(name) is null) step.Refuse(RefusalKind.NotFound, $"there is no project {name}");
        else if (name == Project.Default) step.Refuse(RefusalKind.Conflict, $"project {name} can't be removed: workloads that name none belong to it");
        else if (step.State.Shares.ChildrenOf(name).FirstOrDefault() is { } child)
            step.Refuse(RefusalKind.Conflict, $"project {name} has projects of its own, such as {child.Name}; remove them first");
        else if (step.State.Shares.AccountOf(name).Workloads is > 0 and var left)
            step.Refuse(RefusalKind.Conflict, $"project {name} still has {left} {(left == 1 ? "workload that has" : "workloads that have")} not ended; wait for them or cancel them");
        else if (step.State.Reservations.FirstOrDefault(r => r.Of.Project == name) is { } reserved)
            step.Refuse(RefusalKind.Conflict, $"nodes are reserved for project {name} ({reserved.Name}); remove the reservation first");
        else
            step.Emit(new ProjectRemoved(step.Now, name));
    }

    public static void SetPolicy(Step step, SetSharePolicy input)
    {
        if (input.Policy.HalfLife < ShortestHalfLife || input.Policy.HalfLife > LongestHalfLife)
            step.Refuse(RefusalKind.Invalid, $"half_life: {input.Policy.HalfLife} is out of range: a minute to {LongestHalfLife.Days} days");
        else if (input.Policy != step.State.SharePolicy)
            step.Emit(new SharePolicySet(step.Now, input.Policy));
    }

    /// <summary>Why no workload can be handed in for it; null: one can.</summary>
    public static string? Unusable(State state, string? name)
    {
        if (name is null) return null;
        if (state.Project(name) is null) return $"project: there is no project {name}; declared: {string.Join(", ", state.Projects.Take(20).Select(p => p.Name))}";
        return state.Shares.ChildrenOf(name).FirstOrDefault() is { } child ? $"project: {name} is a tenant; name one of its projects, such as {child.Name}" : null;
    }

    /// <summary>What is declared and can't be kept as the network is now. It may grow, or a site come back, so it is no error.</summary>
    public static IReadOnlyList<string> Warnings(State state, Project project)
    {
        var warnings = new List<string>();
        var others = state.Projects.Where(p => p.Quota is not null && Project.TenantOf(p.Name) == Project.TenantOf(project.Name)).ToList();
        var pools = state.Sites.SelectMany(s => s.Pools).ToList();
        if (project.Quota is not { } quota) return warnings;
        Weigh("cpus", quota.Cpus, q => q.Cpus, pools.Sum(p => (long)p.Nodes * p.PerNode.Cpus));
        Weigh("MiB of memory", quota.MemoryMiB, q => q.MemoryMiB, pools.Sum(p => p.Nodes * p.PerNode.MemoryMiB));
        foreach (var (model, count) in quota.Accelerators)
            Weigh(model == Network.AcceleratorCatalogue.Any ? "accelerators" : model, count, q => q.Accelerators.GetValueOrDefault(model),
                pools.Where(p => p.Accelerator is { } has && Network.AcceleratorCatalogue.SameModel(model, has)).Sum(p => (long)p.Nodes * p.PerNode.Accelerators));
        return warnings;

        void Weigh(string what, decimal? mine, Func<Amounts, decimal?> of, decimal there)
        {
            if (mine is null) return;
            var tenant = Project.TenantOf(project.Name) is { } name ? state.Project(name) : null;
            var all = others.Sum(p => of(p.Quota!) ?? 0);
            if (mine > there) warnings.Add($"quota: {mine} {what}, but the network has {there}");
            else if (tenant is null && all > there) warnings.Add($"quota: all quotas together are {all} {what}, but the network has {there}");
            if (tenant?.Quota is { } above && of(above) is { } most && all > most)
                warnings.Add($"quota: the quotas of {tenant.Name}'s projects together are {all} {what}, its own is {most}");
        }
    }

    private static string? Wrong(Project project)
    {
        var parts = project.Name.Split('/');
        if (parts.Length > 2 || parts.Any(p => p.Length == 0)) return "name: use NAME, or TENANT/NAME";
        if (parts is [Project.Default, _]) return $"name: {Project.Default} has no projects of its own";
        if (!(project.Weight is > 0 and <= MostWeight)) return $"weight: {project.Weight} is out of range: more than 0, at most {MostWeight}";
        if (project is { Unlimited: true, Quota: not null }) return "quota: one that is unlimited has none";
        return Wrong("quota", project.Quota) ?? Wrong("limit", project.Limit) ?? Below(project);
    }

    private static string? Wrong(string field, Amounts? amounts)
    {
        if (amounts is null) return null;
        if (amounts is { Cpus: null, MemoryMiB: null, Accelerators.Count: 0 }) return $"{field}: names nothing; leave it out, or name cpus, memory or accelerators";
        return amounts.Cpus < 0 || amounts.MemoryMiB < 0 || amounts.Accelerators.Values.Any(n => n < 0) ? $"{field}: must not be negative" : null;
    }

    private static string? Below(Project project)
    {
        if (project is not { Quota: { } quota, Limit: { } limit }) return null;
        if (limit.Cpus < quota.Cpus) return $"limit: {limit.Cpus} cpus are less than its quota of {quota.Cpus}";
        if (limit.MemoryMiB < quota.MemoryMiB) return $"limit: {limit.MemoryMiB} MiB of memory are less than its quota of {quota.MemoryMiB}";
        foreach (var (model, most) in limit.Accelerators)
            if (most < quota.Accelerators.GetValueOrDefault(model)) return $"limit: {most} {model} are less than its quota of {quota.Accelerators[model]}";
        return null;
    }
}
