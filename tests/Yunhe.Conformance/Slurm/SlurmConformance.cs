using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Slurm;

namespace Yunhe.Conformance.Slurm;

public sealed class SlurmCommandLineConformance(SlurmLab lab) : SlurmConformance(lab, Way.CommandLine);

public sealed class SlurmRestConformance(SlurmLab lab) : SlurmConformance(lab, Way.Rest);

public abstract class SlurmConformance(SlurmLab lab, Way way) : EngineConformance, IAsyncLifetime
{
    private SlurmHarness? harness;

    protected override EngineHarness Harness => harness!;

    public async ValueTask InitializeAsync() => harness = await SlurmHarness.OfAsync(lab, way);

    public async ValueTask DisposeAsync()
    {
        if (harness is not null) await harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>One network of its own for each test, on a cluster that all of them share.</summary>
internal sealed class SlurmHarness : EngineHarness
{
    private readonly SlurmBench bench;

    private SlurmHarness(SlurmBench bench) => this.bench = bench;

    public static async Task<SlurmHarness> OfAsync(SlurmLab lab, Way way) => new(await SlurmBench.OfAsync(lab, way));

    public override (TimeSpan Limit, TimeSpan Late) TimeLimit => (TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(40));

    public override Site Site => bench.Context.Site;

    public override string BlobFolder => bench.Context.BlobFolder;

    public override string Pool => "main";

    public override IEngine Open() => SlurmEngine.Create(bench.Context);

    public override ValueTask DisposeAsync() => bench.DisposeAsync();
}
