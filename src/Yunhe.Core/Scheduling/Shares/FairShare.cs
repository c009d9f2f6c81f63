using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>Whose quota has room.</summary>
internal enum Guarantee
{
    None,
    OfTenant,
    Own,
}

/// <summary>Why a project may not start something now.</summary>
/// <param name="Passing">It may once it holds less; false: never, as it is declared.</param>
internal readonly record struct HeldBack(string Why, bool Passing);

/// <summary>
/// Who is next, and what each project may hold: weighted dominant-resource fairness (Ghodsi et al., NSDI 2011) over what projects hold now
/// and what they have used, decayed as in Slurm's fair share. An index over the state: rebuilt, never stored.
/// </summary>
/// <remarks>
/// What is held now and the decayed average are added: with the average alone a pass would give all that is free to one project, since
/// starting something changes no average; with the present alone nobody would be repaid for having waited.
/// </remarks>
internal sealed class FairShare
{
    private readonly SortedDictionary<string, Project> projects = new(StringComparer.Ordinal) { [Project.Default] = Project.First };
    private readonly Dictionary<string, Account> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Cpus, long MemoryMiB, long Tenths)> sites = new(StringComparer.Ordinal);
    private (long Cpus, long MemoryMiB, long Tenths) network;

    public SharePolicy Policy { get; set; } = new();

    /// <summary>By name.</summary>
    public IReadOnlyCollection<Project> Projects => projects.Values;

    public IEnumerable<Account> Accounts => projects.Keys.Select(AccountOf);

    /// <summary>Something is guaranteed to somebody, so that what others hold may be taken back.</summary>
    public bool HasQuotas { get; private set; }

    /// <summary>Somebody may be held back from what is free.</summary>
    public bool Limits { get; private set; }

    /// <summary>There may be something to preempt.</summary>
    public bool Preempts { get; private set; }

    public FairShare()
    {
        foreach (var project in projects.Values) AccountOf(project.Name).Project = project;
    }

    public Project? Find(string name) => projects.GetValueOrDefault(name);

    public IEnumerable<Project> ChildrenOf(string tenant) => projects.Values.Where(p => Project.TenantOf(p.Name) == tenant);

    public void Set(Project project)
    {
        projects[project.Name] = project;
        AccountOf(project.Name).Project = project;
        Review();
    }

    public void Remove(string name)
    {
        projects.Remove(name);
        AccountOf(name).Project = null;
        Review();
    }

    public Account AccountOf(string name)
    {
        if (accounts.TryGetValue(name, out var account)) return account;
        account = new(name) { Tenant = Project.TenantOf(name) is { } tenant ? AccountOf(tenant) : null };
        accounts.Add(name, account);
        return account;
    }

    /// <summary>A workload has come, or ended.</summary>
    public void Count(Workload workload, int sign)
    {
        foreach (var account in Chain(workload.Project)) account.Workloads += sign;
    }

    /// <summary>An attempt has changed. <paramref name="before"/> null: it is new.</summary>
    public void Replace(Workload workload, Attempt? before, Attempt after)
    {
        var now = Stake.Of(after, workload.Spec);
        var was = before is null ? (Stake?)null : Stake.Of(before, workload.Spec);
        if (was == now) return;
        for (var account = AccountOf(workload.Project); account is not null; account = account.Tenant)
        {
            if (was is { } gone) account.Add(gone, Policy.HalfLife, -1);
            account.Add(now, Policy.HalfLife, 1);
        }
    }

    public void Forget(Workload workload, Attempt attempt)
    {
        foreach (var account in Chain(workload.Project)) account.Forget(Stake.Of(attempt, workload.Spec), Policy.HalfLife);
    }

    public IEnumerable<ForgottenUse> CaptureForgotten() => accounts.Values.OrderBy(a => a.Name, StringComparer.Ordinal).SelectMany(a => a.Forgotten.Capture(a.Name));

    public void Restore(IEnumerable<ForgottenUse> forgotten)
    {
        foreach (var use in forgotten) AccountOf(use.Account).Forgotten.Restore(use);
    }

    /// <summary>What has been used is weighed anew after the policy has changed: every attempt is given to <see cref="Remember"/>.</summary>
    public void ForgetPast()
    {
        foreach (var account in accounts.Values) account.ForgetPast();
    }

    public void Remember(Workload workload, Attempt attempt)
    {
        foreach (var account in Chain(workload.Project)) account.Remember(Stake.Of(attempt, workload.Spec), Policy.HalfLife);
    }

    /// <param name="site">Whose.</param>
    /// <param name="pools">Empty: it is gone.</param>
    public void SetCapacity(string site, IReadOnlyList<Pool> pools)
    {
        var before = sites.GetValueOrDefault(site);
        var after = (Cpus: 0L, MemoryMiB: 0L, Tenths: 0L);
        foreach (var pool in pools)
        {
            var all = Use.Of(new(pool.PerNode, pool.Accelerator), pool.Nodes);
            after = (after.Cpus + all.Cpus, after.MemoryMiB + all.MemoryMiB, after.Tenths + all.Tenths);
        }
        if (pools.Count == 0) sites.Remove(site);
        else sites[site] = after;
        network = (network.Cpus + after.Cpus - before.Cpus, network.MemoryMiB + after.MemoryMiB - before.MemoryMiB, network.Tenths + after.Tenths - before.Tenths);
    }

    /// <summary>Whatever site it would go to, its project may not start it now. Known without looking at any.</summary>
    public bool HoldsBack(Workload workload) => Limits && workload.Spec.Requirements.All(r =>
        MayStart(workload.Project, Use.Of(r, workload.Spec.Nodes), workload.Spec.Preemptible != false) is not null);

    /// <summary>Whether so much more may be started for a project now; null: it may.</summary>
    /// <param name="project">Which.</param>
    /// <param name="more">How much.</param>
    /// <param name="preemptible">What may not be ended for others starts within a quota only, so that a quota can be kept.</param>
    /// <param name="held">What is taken as held; null: what is.</param>
    public HeldBack? MayStart(string project, Use more, bool preemptible, Func<Account, Holdings>? held = null)
    {
        held ??= a => a.HeldAndClaimed;
        var leaf = AccountOf(project);
        for (var account = leaf; account is not null; account = account.Tenant)
            if (account.Project?.Limit is { } limit && limit.Exceeded(held(account), more) is { } why)
                return new($"limit of project {account.Name}: {why}", limit.Exceeded(Nothing, more) is null);
        if (preemptible || !HasQuotas || IsUnlimited(leaf) || GuaranteeOf(project, more, a => a.Pinned.With(a.PinnedClaimed, 1)) != Guarantee.None) return null;
        return new(
            $"quota of project {project}: what is not preemptible starts within a quota only",
            GuaranteeOf(project, more, _ => Nothing) != Guarantee.None);
    }

    /// <summary>Whose quota has room for so much more.</summary>
    public Guarantee GuaranteeOf(string project, Use more, Func<Account, Holdings> held)
    {
        var leaf = AccountOf(project);
        return Covers(leaf) ? Guarantee.Own : leaf.Tenant is { } tenant && Covers(tenant) ? Guarantee.OfTenant : Guarantee.None;

        bool Covers(Account a) => a.Project?.Quota is { } quota && quota.Names(more) && quota.Exceeded(held(a), more) is null;
    }

    /// <summary>
    /// Whether an attempt of <paramref name="from"/> is on resources that <paramref name="owner"/> may take back: it holds more than its own
    /// quota; and so does its tenant, or they share the tenant and the owner's own quota has room.
    /// </summary>
    /// <param name="owner">Who takes.</param>
    /// <param name="guarantee">Whose quota has room for what it would start.</param>
    /// <param name="from">Who would lose.</param>
    /// <param name="use">What the attempt holds.</param>
    /// <param name="held">What is taken as held.</param>
    public bool MayReclaim(string owner, Guarantee guarantee, string from, Use use, Func<Account, Holdings> held)
    {
        var (mine, theirs) = (AccountOf(owner), AccountOf(from));
        if (guarantee == Guarantee.None || mine == theirs || IsUnlimited(theirs) || !IsOver(theirs)) return false;
        return Top(mine) == Top(theirs) ? guarantee == Guarantee.Own : theirs.Tenant?.Project?.Quota is null || IsOver(theirs.Tenant);

        bool IsOver(Account a) => a.Project?.Quota is not { } quota || !quota.Names(use) || quota.IsOver(held(a), use);
    }

    /// <summary>Lower is served first.</summary>
    /// <param name="project">Whose.</param>
    /// <param name="now">When.</param>
    /// <param name="next">What it would start next; null: anything.</param>
    public Standing StandingOf(string project, DateTimeOffset now, Use? next = null)
    {
        var leaf = AccountOf(project);
        var top = Top(leaf);
        var room = HasRoom(leaf, next);
        return new(!(room || HasRoom(top, next)), Share(top, now), top.Name, !room, Share(leaf, now), leaf.Name);
    }

    /// <summary>The same once it held so much more.</summary>
    public Standing After(Standing standing, Use more)
    {
        var share = Dominant((more.Cpus, more.MemoryMiB, more.Tenths));
        return standing with
        {
            TenantShare = standing.TenantShare + share / (AccountOf(standing.Tenant).Project?.Weight ?? 1),
            Share = standing.Share + share / (AccountOf(standing.Name).Project?.Weight ?? 1),
        };
    }

    public int Compare(string a, string b, DateTimeOffset now) => a == b ? 0 : StandingOf(a, now).CompareTo(StandingOf(b, now));

    public ProjectShare View(Project project, DateTimeOffset now)
    {
        var account = AccountOf(project.Name);
        return new(project)
        {
            Held = account.Held.Amounts(),
            Borrowed = project.Quota is { } quota ? quota.Beyond(account.Held) : HasQuotas && !project.Unlimited ? account.Held.Amounts() : new(),
            ShareNow = Dominant((account.Held.Cpus, account.Held.MemoryMiB, account.Held.Tenths)),
            ShareBefore = Dominant(account.Average(now, Policy.HalfLife)),
            Standing = Share(account, now),
            Workloads = account.Workloads,
        };
    }

    private static Holdings Nothing { get; } = new();

    private static bool HasRoom(Account account, Use? next) => account.Project?.Quota is { } quota
        && (next is { } need ? quota.Names(need) && quota.Exceeded(account.Held, need) is null : quota.HasRoom(account.Held));

    private static bool IsUnlimited(Account account) => account.Project is { Unlimited: true } || account.Tenant?.Project is { Unlimited: true };

    private static Account Top(Account account) => account.Tenant ?? account;

    private double Share(Account account, DateTimeOffset now)
    {
        var (cpus, memory, tenths) = account.Average(now, Policy.HalfLife);
        return Dominant((cpus + account.Held.Cpus, memory + account.Held.MemoryMiB, tenths + account.Held.Tenths)) / (account.Project?.Weight ?? 1);
    }

    private double Dominant((double Cpus, double MemoryMiB, double Tenths) of) => Math.Max(
        of.Cpus / Math.Max(1, network.Cpus), Math.Max(of.MemoryMiB / Math.Max(1, network.MemoryMiB), of.Tenths / Math.Max(1, network.Tenths)));

    private IEnumerable<Account> Chain(string project)
    {
        for (var account = AccountOf(project); account is not null; account = account.Tenant) yield return account;
    }

    private void Review()
    {
        HasQuotas = projects.Values.Any(p => p.Quota is not null);
        Limits = HasQuotas || projects.Values.Any(p => p.Limit is not null);
        Preempts = HasQuotas || projects.Values.Any(p => p.PreemptByPriority);
    }
}

/// <summary>A project's turn: quotas that have room first, then the lowest share; of tenants before their projects; by name at last.</summary>
internal readonly record struct Standing(bool TenantFull, double TenantShare, string Tenant, bool Full, double Share, string Name) : IComparable<Standing>
{
    public int CompareTo(Standing other)
    {
        var c = TenantFull.CompareTo(other.TenantFull);
        if (c == 0) c = TenantShare.CompareTo(other.TenantShare);
        if (c == 0) c = string.CompareOrdinal(Tenant, other.Tenant);
        if (c == 0) c = Full.CompareTo(other.Full);
        if (c == 0) c = Share.CompareTo(other.Share);
        return c != 0 ? c : string.CompareOrdinal(Name, other.Name);
    }
}
