using Yunhe.Core.Control;

namespace Yunhe.Core.Tests.Control;

/// <summary>A server that runs for years forgets.</summary>
public sealed class MemoryTests
{
    [Fact]
    public void Of_names_that_are_used_once_only_the_latest_are_remembered()
    {
        var net = new Net(Net.Site(nodes: 100));
        for (var i = 0; i < 200; i++)
        {
            for (var j = 0; j < 100; j++) net.Submit(Net.Job() with { Name = $"run-{i}-{j}" });
            foreach (var id in net.Start()) net.End(id);
        }
        var learned = net.State.Capture().Learned!;
        Assert.InRange(learned.Count, 8_000, 16_384);
        Assert.Equal("run-199-99", learned[^1].Name);
        Assert.Equal(learned, State.Restore(net.State.Capture()).Capture().Learned);
    }
}
