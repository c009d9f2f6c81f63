namespace Yunhe.Conformance.Slurm;

/// <summary>The folder on the far side of ssh; the other ways are in the conformance suite.</summary>
public sealed class SlurmCheckpointTests(SlurmLab lab)
{
    [Fact]
    public async Task A_checkpoint_folder_goes_from_one_attempt_to_the_next_through_ssh()
    {
        await using var harness = await SlurmHarness.OfAsync(lab, Way.Ssh);
        await CheckpointCheck.RunAsync(harness);
    }
}
