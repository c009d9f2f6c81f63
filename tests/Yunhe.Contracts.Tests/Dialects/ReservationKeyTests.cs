using Yunhe.Contracts.Dialects;

namespace Yunhe.Contracts.Tests.Dialects;

public sealed class ReservationKeyTests
{
    private static Draft Read(string file, string text) =>
        DialectReader.Read(file, System.Text.Encoding.UTF8.GetBytes(text), [], new(DateTimeOffset.UnixEpoch, new Dictionary<string, string>()));

    [Fact]
    public void A_task_names_its_reservation_and_its_wish_for_fabrics()
    {
        var request = Read("task.yaml", "num_nodes: 4\nreservation: demo\nfabric: same\nrun: hostname\n").Request;
        Assert.Equal(("demo", FabricWord.Same), (request.Reservation, request.Fabric));
        Assert.Contains("use prefer or same", Assert.Throws<DialectException>(() => Read("task.yaml", "fabric: near\nrun: hostname\n")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", FabricWord.Same)]
    [InlineData("1@12:00:00", FabricWord.Same)]
    [InlineData("2", FabricWord.Prefer)]
    public void A_script_s_switches_are_fabrics_and_its_reservation_is_passed_on(string switches, FabricWord fabric)
    {
        var draft = Read("job.sbatch", $"#!/bin/bash\n#SBATCH -N 4 --reservation=demo --switches={switches}\nhostname\n");
        Assert.Equal(("demo", fabric, switches), (draft.Request.Reservation, draft.Request.Fabric, draft.Request.Batch!.Switches));
        Assert.Empty(draft.Warnings);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1@soon")]
    [InlineData("1; rm")]
    public void Switches_that_make_no_sense_are_refused(string switches) =>
        Assert.Throws<DialectException>(() => Read("job.sbatch", $"#!/bin/bash\n#SBATCH --switches='{switches}'\nhostname\n"));
}
