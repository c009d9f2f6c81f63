using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Local;

namespace Yunhe.Conformance.Local;

public sealed class LocalConformance : EngineConformance, IAsyncDisposable
{
    protected override EngineHarness Harness { get; } = new LocalHarness();

    public ValueTask DisposeAsync() => Harness.DisposeAsync();
}

/// <summary>Where the machine offers no control groups, all works but the limit on CPU.</summary>
public sealed class LocalConformanceWithoutControlGroups : EngineConformance, IAsyncDisposable
{
    protected override EngineHarness Harness { get; } = new LocalHarness(ControlGroups.None);

    public ValueTask DisposeAsync() => Harness.DisposeAsync();
}

/// <summary>A site on this machine in a folder of its own.</summary>
internal sealed class LocalHarness : EngineHarness
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-local-").FullName;
    private readonly ControlGroups limits;

    public LocalHarness()
        : this(ControlGroups.Find())
    {
    }

    public LocalHarness(ControlGroups limits)
    {
        this.limits = limits;
        Directory.CreateDirectory(BlobFolder);
    }

    public override Site Site { get; } = new()
    {
        Name = "here",
        Place = new(),
        Link = new(1_000_000_000, 1, Money.Zero),
        Prices = PriceBook.Free,
        Green = new(1.2, 500, 0, 10),
        Engine = new(EngineSpec.Local, new Dictionary<string, string>()),
        Pools = [new() { Name = "main", Nodes = 3, PerNode = new(2, 2048, 0) }],
    };

    public override string BlobFolder => Path.Combine(folder, "blobs");

    public string WorkFolder => Path.Combine(folder, "work");

    public override string Pool => "main";

    public override (TimeSpan Limit, TimeSpan Late) TimeLimit => (TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));

    public override IEngine Open() => new LocalEngine(new("net", Site, BlobFolder, WorkFolder, TimeProvider.System) { CheckpointFolder = CheckpointFolder }, limits);

    /// <summary>Ends what a test left running, and forgets all of it.</summary>
    public override async ValueTask DisposeAsync()
    {
        await using (var engine = Open())
        {
            var left = (await engine.ObserveAsync([], default)).Attempts;
            await engine.CancelAsync([.. left.Select(a => a.Attempt)], TimeSpan.Zero, default);
            foreach (var report in left)
            {
                await EndAsync(engine, report.Attempt);
                await ForgetAsync(engine, report.Attempt);
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task ForgetAsync(IEngine engine, AttemptId attempt)
    {
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(20))
        {
            try
            {
                await engine.ForgetAsync(attempt, default);
                return;
            }
            catch (EngineUnavailableException) when (DateTime.UtcNow < end)
            {
                continue;
            }
        }
    }
}
