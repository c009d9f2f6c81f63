using Yunhe.Core.Control;
using Yunhe.Engines;

namespace Yunhe.Server.Sites;

/// <summary>Bringing results back, and letting the site forget.</summary>
internal sealed partial class SiteWorker
{
    /// <summary>With the longest pause of 30 s: some eight minutes; then the files stay where they are.</summary>
    private const int CollectTries = 24;

    private async Task CollectAsync(IEngine engine)
    {
        await foreach (var order in errands.Reader.ReadAllAsync(stopping.Token))
        {
            if (await TryCollectAsync(engine, order) is { } done)
            {
                // Before it is told: the loop may order it again right after.
                known.TryRemove(order.Effect.Id, out _);
                if (await TellAsync(done))
                {
                    await copier.SweepAsync(order.Effect.Attempt.Task, stopping.Token);
                    continue;
                }
            }

            // Another lane takes it up again, so that one bad attempt doesn't hold up the others.
            _ = AgainAsync(order);
        }
    }

    private async Task AgainAsync(CollectOrder order)
    {
        await Task.Delay(PendingOrder.Pause(order.Tries), time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        errands.Writer.TryWrite(order with { Tries = order.Tries + 1 });
    }

    /// <returns>What to tell the loop; null: to be tried again.</returns>
    private async Task<Input?> TryCollectAsync(IEngine engine, CollectOrder order)
    {
        var attempt = order.Effect.Attempt;
        try
        {
            if (order.Effect is CollectAttempt)
            {
                var (spec, failed) = await loop.ReadAsync(state => (state.Workload(attempt.Task.Workload)?.Spec, state.Attempt(attempt)?.Failure is not null));
                await collector.CollectAsync(engine, attempt, spec?.Outputs ?? [], stopping.Token);

                // The last that it wrote, before the site forgets it.
                if (failed && spec?.Checkpoint is { } own)
                    await copier.CopyAsync(engine, attempt, own, known: null, atEnd: true, TellAsync, stopping.Token);
            }

            await engine.ForgetAsync(attempt, stopping.Token);
            return order.Effect is CollectAttempt ? new AttemptBroughtBack(attempt, "") : new EffectDone(order.Effect);
        }
        catch (EngineUnavailableException)
        {
            return null;
        }
        catch (Exception e) when (IsOutage(e))
        {
            LogNotCollected(attempt.ToString(), e.Message);
            if (order.Tries < CollectTries) return null;
            return order.Effect is CollectAttempt
                ? new AttemptBroughtBack(attempt, $"its results could not be brought back and are still at {site.Name}: {e.Message}")
                : new EffectDone(order.Effect);
        }
    }

    private sealed record CollectOrder(Effect Effect, int Tries = 0);

    [LoggerMessage(12, LogLevel.Warning, "Results of {Attempt} could not be brought back: {Problem}")]
    private partial void LogNotCollected(string attempt, string problem);
}
