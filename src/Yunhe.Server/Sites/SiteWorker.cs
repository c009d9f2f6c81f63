using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Server.Checkpoints;
using Yunhe.Server.Control;
using Yunhe.Server.Telemetry;
using Yunhe.Storage;

namespace Yunhe.Server.Sites;

/// <summary>
/// Carries out what the control loop orders at one site, and tells it what the site's engine sees. Starts and cancels go one after the
/// other, so that an attempt is never started twice at once; bringing results back runs beside them. An order stays with the worker
/// until the loop has stored that it is done.
/// </summary>
internal sealed partial class SiteWorker(
    Site site, ServerOptions options, ControlLoop loop, Collector collector, CheckpointCopier copier, ILogger<SiteWorker> log) : IAsyncDisposable
{
    /// <summary>Acknowledged together; so few that the first of a large array do not wait for the last.</summary>
    private const int StartsAtOnce = 64;
    private const int Collectors = 4;

    /// <summary>So often a start that surely did not reach the engine is tried before its attempt is given back.</summary>
    private const int StartTries = 3;

    /// <summary>Engines may raise Changed for every process; one look covers all that change within this time.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider time = options.Time;
    private readonly CancellationTokenSource stopping = new();

    // As many as the attempts that the core has placed here: the site's capacity and queue limit bound them.
    private readonly Channel<Effect> orders = Channel.CreateUnbounded<Effect>(new() { SingleReader = true });
    private readonly Channel<CollectOrder> errands = Channel.CreateUnbounded<CollectOrder>();
    private readonly Channel<bool> wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);
    private readonly TimeSpan interval = options.ObserveInterval
        ?? (site.Engine.Type == EngineSpec.Local ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(2));
    private ImmutableList<PendingOrder> todo = [];
    private Task running = Task.CompletedTask;
    private volatile bool changed;

    public Site Site => site;

    /// <summary>Null: not opened yet, or closed.</summary>
    public IEngine? Engine { get; private set; }

    /// <param name="network">ID of the network.</param>
    /// <param name="after">The worker that had the site before; its orders are taken over when it has ended.</param>
    public void Start(string network, Task after)
    {
        running = RunAsync(network, after);
        StopTheProcessOnABug(running);
    }

    public void Give(Effect effect)
    {
        orders.Writer.TryWrite(effect);
        Wake();
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }

    /// <summary>What an async void method throws ends the process, with its trace.</summary>
    private static async void StopTheProcessOnABug(Task running) => await running;

    private void Wake() => wakes.Writer.TryWrite(true);

    private async Task RunAsync(string network, Task after)
    {
        await after.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await using var engine = await OpenAsync(network);
            Engine = engine;
            engine.Changed += OnChanged;
            foreach (var left in await loop.PendingAsync(site.Name)) Accept(left, mayExist: true);
            Task[] lanes = [ServeAsync(engine), .. Enumerable.Range(0, Collectors).Select(_ => CollectAsync(engine)), CopyCheckpointsAsync(engine)];
            await await Task.WhenAny(lanes);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to end; what is not done is stored and done by the next worker.
        }
        catch (OverloadedException) when (stopping.IsCancellationRequested)
        {
            // The loop has ended before its workers.
        }
        finally
        {
            Engine = null;
        }
    }

    private async Task<IEngine> OpenAsync(string network)
    {
        var context = new EngineContext(network, site, options.BlobFolder, Path.Combine(options.WorkFolder, site.Name), time) { CheckpointFolder = options.CheckpointFolder };
        for (var tries = 0; ; tries++)
        {
            try
            {
                return options.OpenEngine(context);
            }
            catch (Exception e) when (IsOutage(e) || e is ArgumentException or FormatException)
            {
                LogNotOpened(site.Name, e.Message);
                await TellAsync(new ReportUnreachable(site.Name, e.Message));
            }

            await Task.Delay(PendingOrder.Pause(tries + 3), time, stopping.Token);
        }
    }

    /// <summary>It passes, or an operator mends it: the engine does not answer, or this machine's disk is full.</summary>
    private static bool IsOutage(Exception e) => e is EngineUnavailableException or IOException or UnauthorizedAccessException;

    private async Task ServeAsync(IEngine engine)
    {
        var lookedAt = DateTimeOffset.MinValue;
        while (true)
        {
            // 1. What has been ordered.
            while (orders.Reader.TryRead(out var effect)) Accept(effect, mayExist: false);
            var began = await StartsAsync(engine);
            await CancelsAsync(engine);
            await RecallsAsync(engine);

            // 2. What can be seen.
            var now = time.GetUtcNow();
            if (began || changed || now - lookedAt >= interval)
            {
                changed = false;
                await LookAsync(engine);
                lookedAt = now;
            }

            // 3. Sleep until something happens or is due.
            var next = todo.Aggregate(lookedAt + interval, (at, order) => order.NotBefore < at ? order.NotBefore : at);
            await SleepAsync(next - time.GetUtcNow());
        }
    }

    private async Task SleepAsync(TimeSpan span)
    {
        await Task.Delay(ShortestInterval, time, stopping.Token);
        if (span <= ShortestInterval) return;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        timeout.CancelAfter(span - ShortestInterval);
        try
        {
            await wakes.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Nothing happened: something is due.
        }
    }

    private void OnChanged()
    {
        changed = true;
        Wake();
    }

    private void Accept(Effect effect, bool mayExist)
    {
        if (!known.TryAdd(effect.Id, true)) return;
        if (effect is StartAttempt or CancelAttempt or RecallAttempt) todo = todo.Add(new(effect, mayExist));
        else errands.Writer.TryWrite(new(effect));
    }

    /// <summary>The order is done and stored as done.</summary>
    private void Done(PendingOrder order)
    {
        todo = todo.Remove(order);
        known.TryRemove(order.Effect.Id, out _);
    }

    private void Later(PendingOrder order, bool mayExist) => todo = todo.Replace(order, order.After(time.GetUtcNow(), mayExist));

    private List<PendingOrder> Due<T>() where T : Effect
    {
        var now = time.GetUtcNow();
        return [.. todo.Where(o => o.Effect is T && o.NotBefore <= now)];
    }

    /// <summary>Tells the loop; false: it could not be stored, so that it has to be told again.</summary>
    private async Task<bool> TellAsync(Input input)
    {
        try
        {
            await loop.StepAsync(input);
            return true;
        }
        catch (Exception e) when (e is StoreFullException or OverloadedException && !stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task LookAsync(IEngine engine)
    {
        var expected = await loop.ReadAsync(state => Acknowledged(state));
        var began = time.GetTimestamp();
        try
        {
            using var span = Meters.Traces.StartActivity("observe");
            span?.SetTag("site", site.Name);
            var report = await engine.ObserveAsync(expected, stopping.Token);
            Meters.Observed(site.Name, time.GetElapsedTime(began));
            await TellAsync(new Observe(site.Name, report));
        }
        catch (Exception e) when (IsOutage(e))
        {
            LogAway(site.Name, e.Message);
            await TellAsync(new ReportUnreachable(site.Name, e.Message));
        }
    }

    /// <summary>Attempts that the engine has said it has: one of them that it does not know any more is lost.</summary>
    private List<AttemptId> Acknowledged(State state) => 
        [.. state.ActiveAt(site.Name).Where(id => state.Attempt(id) is { Phase: not Phase.Placed })];

    [LoggerMessage(10, LogLevel.Warning, "Site {Site}: its engine could not be opened: {Problem}")]
    private partial void LogNotOpened(string site, string problem);

    [LoggerMessage(11, LogLevel.Debug, "Site {Site} does not answer: {Problem}")]
    private partial void LogAway(string site, string problem);
}
