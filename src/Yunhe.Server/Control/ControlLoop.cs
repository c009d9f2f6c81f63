using System.Collections.Concurrent;
using System.Security.Cryptography;
using Yunhe.Core.Control;
using Yunhe.Server.Telemetry;
using Yunhe.Storage;

namespace Yunhe.Server.Control;

/// <summary>
/// The one thread that owns the state. It takes what has come in, steps it, stores all of it in one transaction, and only then
/// answers, tells watchers and hands effects on. A bug in a step ends the process: what is stored is sound, what is in memory may not be.
/// </summary>
internal sealed partial class ControlLoop : IDisposable
{
    private const int QueueLimit = 16_384;
    private const int BatchLimit = 1_024;
    private const int SnapshotEvery = 20_000;
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    /// <summary>After a full disk: for so long nothing is tried, so that a large state isn't read anew for every request.</summary>
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Work> queue = new(new ConcurrentQueue<Work>(), QueueLimit);
    private readonly SqliteStore store;
    private readonly TimeProvider time;
    private readonly ILogger<ControlLoop> log;
    private readonly Random random = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    private readonly SortedDictionary<long, Effect> pending = [];
    private readonly Dictionary<string, long> pendingById = new(StringComparer.Ordinal);
    private readonly Thread thread;
    private State state = new();
    private long nextEffect;
    private long lastTick;
    private long lastTurn;
    private long fullSince;
    private long snapshotVersion;
    private StoreFullException? full;
    private Thread? snapshotWriter;

    public ControlLoop(SqliteStore store, TimeProvider time, ILogger<ControlLoop> log)
    {
        this.store = store;
        this.time = time;
        this.log = log;
        thread = new(Run) { Name = "control", IsBackground = true };
        Reload();
        lastTurn = time.GetTimestamp();
        Meters.Observe(() => state.Waiting, () => pending.Count);
    }

    /// <summary>After each transaction, on the loop's thread: must return at once.</summary>
    public event Action<Commit>? Committed;

    /// <summary>False: it has not come round for ten seconds.</summary>
    public bool Turning => thread.IsAlive && time.GetElapsedTime(Interlocked.Read(ref lastTurn)) < TimeSpan.FromSeconds(10);

    public void Start() => thread.Start();

    /// <summary>Finishes what has come in, writes a snapshot when much has happened since the last one, and ends.</summary>
    public void Stop()
    {
        queue.CompleteAdding();
        if (thread.IsAlive) thread.Join();
    }

    public void Dispose()
    {
        if (!queue.IsAddingCompleted) Stop();
        queue.Dispose();
        store.Dispose();
    }

    /// <summary>Steps an input; completes once what came of it is stored.</summary>
    /// <exception cref="OverloadedException">The queue is full, or the server is stopping.</exception>
    /// <exception cref="StoreFullException">The disk is full.</exception>
    public Task<StepResult> StepAsync(Input input)
    {
        var work = new StepWork(input);
        return TryAdd(work) ? work.Answer : Task.FromException<StepResult>(new OverloadedException());
    }

    /// <summary>Reads the state as it is committed. Records that are read may be kept; the state itself may not.</summary>
    /// <exception cref="OverloadedException">The queue is full, or the server is stopping.</exception>
    public Task<T> ReadAsync<T>(Func<State, T> read)
    {
        var task = new Task<T>(() => read(state), TaskCreationOptions.RunContinuationsAsynchronously);
        return TryAdd(new ReadWork(task)) ? task : Task.FromException<T>(new OverloadedException());
    }

    /// <summary>Stored events after a version, at most <paramref name="limit"/>; null: some of them are not kept any more.</summary>
    public Task<IReadOnlyList<StoredEvent>?> EventsAfterAsync(long version, int limit) => ReadAsync<IReadOnlyList<StoredEvent>?>(_ =>
        version < store.Version && store.FirstVersion() is var first && (first == 0 || first > version + 1)
            ? null
            : [.. store.EventsAfter(version, limit).Select(e => new StoredEvent(e.Version, e.Fact))]);

    /// <summary>Effects of a site that are stored and not done, in order.</summary>
    public Task<List<Effect>> PendingAsync(string site) => ReadAsync(_ => pending.Values.Where(e => e.Site == site).ToList());

    private bool TryAdd(Work work)
    {
        try
        {
            return queue.TryAdd(work);
        }
        catch (InvalidOperationException)
        {
            // Completed: the server is stopping.
            return false;
        }
    }

    private void Run()
    {
        var batch = new List<StepWork>();
        while (!queue.IsCompleted)
        {
            Take(batch);
            Turn(batch);
            batch.Clear();
            Interlocked.Exchange(ref lastTurn, time.GetTimestamp());
        }

        snapshotWriter?.Join();
        if (store.Version - snapshotVersion >= SnapshotEvery / 20) WriteSnapshot(state.Capture());
    }

    /// <summary>Waits for work until the next tick is due, then takes all there is, up to a limit. Reads are done here, before any step.</summary>
    private void Take(List<StepWork> batch)
    {
        var wait = TickEvery - time.GetElapsedTime(lastTick);
        if (!queue.TryTake(out var work, wait > TimeSpan.Zero ? wait : TimeSpan.Zero)) return;
        do
        {
            if (work is ReadWork read) read.Run();
            else batch.Add((StepWork)work);
        }
        while (batch.Count < BatchLimit && queue.TryTake(out work));
    }

    private void Turn(List<StepWork> batch)
    {
        if (full is not null && time.GetElapsedTime(fullSince) < FullPause)
        {
            foreach (var work in batch) work.Fail(full);
            return;
        }

        // 1. Decide.
        var now = time.GetUtcNow();
        var steps = new List<StepResult>(batch.Count + 1);
        foreach (var work in batch) steps.Add(Controller.Step(state, work.Input, now, random));
        if (steps.Exists(s => s.Refusal is null) || time.GetElapsedTime(lastTick) >= TickEvery)
        {
            steps.Add(Controller.Step(state, new Tick(), now, random));
            lastTick = time.GetTimestamp();
        }

        // 2. Make it durable.
        if (!TryStore(steps, out var commit))
        {
            foreach (var work in batch) work.Fail(full!);
            return;
        }

        // 3. Tell.
        for (var i = 0; i < batch.Count; i++) batch[i].Complete(steps[i]);
        if (commit.Events.Count > 0 || commit.Effects.Count > 0) Committed?.Invoke(commit);
        SnapshotWhenDue();
    }

    private bool TryStore(List<StepResult> steps, out Commit commit)
    {
        var version = store.Version;
        commit = new(
            [.. steps.SelectMany(s => s.Events).Where(e => !e.Volatile).Select(e => new StoredEvent(++version, e))],
            [.. steps.SelectMany(s => s.Effects)]);
        if (commit.Events.Count == 0 && commit.Effects.Count == 0 && steps.TrueForAll(s => s.Done.Count == 0)) return true;
        var began = time.GetTimestamp();
        try
        {
            store.Append(steps);
        }
        catch (StoreFullException e)
        {
            if (full is null) LogFull(e.Message);
            full = e;
            Reload();
            fullSince = time.GetTimestamp();
            return false;
        }

        if (store.Version != state.Version) throw new InvalidOperationException($"state at {state.Version}, store at {store.Version}");
        if (full is not null) LogSpaceAgain();
        full = null;
        foreach (var step in steps) Note(step);
        Meters.Committed(steps.Count, time.GetElapsedTime(began), commit);
        return true;
    }

    /// <summary>What is stored is what is: also after a transaction that failed, whose steps have changed the state in memory.</summary>
    private void Reload()
    {
        var stored = store.Load();
        state = stored.Replay();
        snapshotVersion = stored.Snapshot?.Version ?? 0;
        pending.Clear();
        pendingById.Clear();
        Note(new([], stored.Effects, []));
    }

    private void Note(StepResult step)
    {
        foreach (var id in step.Done)
            if (pendingById.Remove(id, out var at)) pending.Remove(at);
        foreach (var effect in step.Effects)
            if (pendingById.TryAdd(effect.Id, nextEffect)) pending.Add(nextEffect++, effect);
    }

    /// <summary>The larger the state, the rarer: writing it costs as much as there is.</summary>
    private void SnapshotWhenDue()
    {
        if (snapshotWriter is { IsAlive: true } || store.Version - snapshotVersion < Math.Max(SnapshotEvery, state.LastWorkload / 2)) return;
        var captured = state.Capture();
        snapshotVersion = captured.Version;
        snapshotWriter = new(() => WriteSnapshot(captured)) { Name = "snapshot", IsBackground = true, Priority = ThreadPriority.BelowNormal };
        snapshotWriter.Start();
    }

    private void WriteSnapshot(StateSnapshot captured)
    {
        try
        {
            store.WriteSnapshot(captured);
        }
        catch (IOException e)
        {
            LogNoSnapshot(captured.Version, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Nothing can be stored: {Problem}")]
    private partial void LogFull(string problem);

    [LoggerMessage(2, LogLevel.Information, "There is space again")]
    private partial void LogSpaceAgain();

    [LoggerMessage(3, LogLevel.Warning, "Snapshot {Version} could not be written (all events are kept): {Problem}")]
    private partial void LogNoSnapshot(long version, string problem);
}
