using System.Text;
using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Storage.Tests;

/// <summary>What was stored before there were projects.</summary>
public sealed class ProjectTests
{
    [Fact]
    public void A_snapshot_without_projects_has_the_default_one_and_the_default_half_life()
    {
        var old = """{"Version":3,"Network":"n","LastWorkload":0,"LastQuote":0,"Sites":[],"Workloads":[],"Tasks":[],"Quotes":[],"Usage":[]}"""u8;
        var state = State.Restore(StoreJson.Read<StateSnapshot>(old.ToArray()));
        Assert.True(Assert.Single(state.Projects).Unlimited);
        Assert.Equal(TimeSpan.FromDays(7), state.SharePolicy.HalfLife);
    }

    [Fact]
    public void A_cancel_of_old_gives_way_to_nobody()
    {
        var old = """{"$":"attempt-cancelling","At":"2026-01-01T00:00:00+00:00","Attempt":"w1.1","Reason":"CancelledByUser"}"""u8;
        Assert.Null(Assert.IsType<AttemptCancelling>(StoreJson.Read<Event>(old.ToArray())).GivesWayTo);
    }

    /// <summary>Else a workload that is handed in again with its old idempotency key would be taken for another.</summary>
    [Fact]
    public void A_spec_that_names_no_project_is_written_as_before()
    {
        var spec = new WorkloadSpec { Name = "a", Program = new(ProgramKind.Task), Requirements = [] };
        var text = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(spec));
        Assert.DoesNotContain("Project", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Preemptible", text, StringComparison.Ordinal);
    }
}
