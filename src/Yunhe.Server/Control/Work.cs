using Yunhe.Core.Control;

namespace Yunhe.Server.Control;

/// <summary>What the control loop is asked for: to step an input, or to read what is committed.</summary>
internal abstract class Work;

internal sealed class StepWork(Input input) : Work
{
    private readonly TaskCompletionSource<StepResult> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Input Input => input;

    /// <summary>Completed when what came of the input is on the disk.</summary>
    public Task<StepResult> Answer => answer.Task;

    public void Complete(StepResult result) => answer.SetResult(result);

    public void Fail(Exception problem) => answer.TrySetException(problem);
}

internal sealed class ReadWork(Task read) : Work
{
    /// <summary>Runs here and now; what it throws goes to the one who waits for it.</summary>
    public void Run() => read.RunSynchronously(TaskScheduler.Default);
}
