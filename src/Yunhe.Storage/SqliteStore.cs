using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Yunhe.Core.Control;

namespace Yunhe.Storage;

/// <summary>What a store holds: the newest readable snapshot, the events after it (read as they are asked for), the effects to do.</summary>
public sealed record StoredNetwork(StateSnapshot? Snapshot, IEnumerable<Event> Events, IReadOnlyList<Effect> Effects)
{
    /// <summary>The state that all of it makes.</summary>
    public State Replay()
    {
        var state = Snapshot is null ? new State() : State.Restore(Snapshot);
        foreach (var fact in Events) state.Apply(fact);
        return state;
    }
}

/// <summary>
/// The durable side of one network: a data directory with yunhe.db (events and effects), snapshots, and a lock that keeps a second
/// process out. What <see cref="Append"/> has returned from survives a crash of the process and of the machine.
/// One thread appends; snapshots may be written by another one at the same time.
/// </summary>
public sealed class SqliteStore : IDisposable
{
    private const int PruneBatch = 2_000;

    /// <summary>SQLite's own limit.</summary>
    private const long MostPages = 4_294_967_294;

    private readonly FileStream directoryLock;
    private readonly SqliteConnection connection;
    private readonly Snapshots snapshots;
    private readonly SqliteCommand insertEvent;
    private readonly SqliteCommand insertEffect;
    private readonly SqliteCommand deleteEffect;
    private readonly SqliteCommand deleteEvents;
    private readonly SqliteCommand[] writers;
    private long prunable;

    private SqliteStore(string directory, FileStream directoryLock, SqliteConnection connection)
    {
        this.directoryLock = directoryLock;
        this.connection = connection;
        snapshots = new(directory);
        snapshots.Tidy();
        insertEvent = Prepare("INSERT INTO events (version, at, kind, body) VALUES ($version, $at, $kind, $body)");
        insertEffect = Prepare("INSERT INTO effects (id, body) VALUES ($id, $body) ON CONFLICT (id) DO NOTHING");
        deleteEffect = Prepare("DELETE FROM effects WHERE id = $id");
        deleteEvents = Prepare(
            "DELETE FROM events WHERE version IN (SELECT version FROM events WHERE version <= $version ORDER BY version LIMIT $limit)");
        writers = [insertEvent, insertEffect, deleteEffect, deleteEvents];
        Version = Math.Max(Sql.Number(connection, "SELECT max(version) FROM events"), snapshots.Newest);
    }

    /// <summary>Number of the latest stored event.</summary>
    public long Version { get; private set; }

    /// <param name="directory">Made when it is missing, with mode 0700.</param>
    /// <exception cref="StoreUnusableException">Another process has it open, a newer Yunhe wrote it, or it is damaged.</exception>
    public static SqliteStore Open(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var directoryLock = Lock(directory);
        var path = Path.Combine(directory, "yunhe.db");
        var connection = new SqliteConnection();
        try
        {
            PrivateFile.Open(path, FileMode.OpenOrCreate).Dispose();
            connection.ConnectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
            connection.Open();
            Sql.Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
            Migrations.Run(connection);
            return new(directory, directoryLock, connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            directoryLock.Dispose();
            throw Damaged(path, e);
        }
        catch (StoreUnusableException)
        {
            connection.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    /// <exception cref="StoreUnusableException">A stored record can't be read (also while the events are enumerated).</exception>
    public StoredNetwork Load()
    {
        var snapshot = NewestReadable();
        return new(snapshot, EventsAfter(snapshot?.Version ?? 0, long.MaxValue).Select(e => e.Fact), Effects());
    }

    /// <summary>
    /// Stored events after a version, oldest first; empty also when they have been pruned (see <see cref="FirstVersion"/>).
    /// Call it from the thread that appends and enumerate it before the next call.
    /// </summary>
    public IEnumerable<(long Version, Event Fact)> EventsAfter(long version, long limit)
    {
        using var command = Prepare("SELECT version, body FROM events WHERE version > $version ORDER BY version LIMIT $limit");
        command.Parameters["$version"].Value = version;
        command.Parameters["$limit"].Value = limit;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var number = reader.GetInt64(0);
            yield return (number, ReadBody<Event>(reader.GetFieldValue<byte[]>(1), $"event {number}"));
        }
    }

    /// <summary>Version of the oldest stored event; 0 when there is none.</summary>
    public long FirstVersion() => Sql.Number(connection, "SELECT min(version) FROM events");

    /// <summary>
    /// Stores the durable events, the effects and the ends of effects of all steps, in their order, in one transaction. On return it is on
    /// the disk.
    /// </summary>
    /// <exception cref="StoreFullException">Nothing of it is stored.</exception>
    public void Append(IReadOnlyList<StepResult> steps)
    {
        var version = Version;
        try
        {
            using var transaction = connection.BeginTransaction();
            foreach (var writer in writers) writer.Transaction = transaction;
            foreach (var step in steps)
            {
                foreach (var fact in step.Events)
                    if (!fact.Volatile) Insert(++version, fact);
                foreach (var id in step.Done) Run(deleteEffect, ("$id", id));
                foreach (var effect in step.Effects) Run(insertEffect, ("$id", effect.Id), ("$body", StoreJson.Write(effect)));
            }

            Prune();
            transaction.Commit();
            Version = version;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            throw new StoreFullException($"no space left for {connection.DataSource}: free some; nothing acknowledged is lost", e);
        }
        catch (SqliteException e) when (IsDamage(e))
        {
            throw Damaged(connection.DataSource, e);
        }
    }

    /// <summary>Writes a snapshot; the events that no kept snapshot needs are deleted little by little by the following appends.</summary>
    /// <exception cref="IOException">It could not be written; the older ones and all events are still there.</exception>
    public void WriteSnapshot(StateSnapshot snapshot) => Interlocked.Exchange(ref prunable, snapshots.Write(snapshot));

    public void Dispose()
    {
        foreach (var writer in writers) writer.Dispose();
        connection.Dispose();
        directoryLock.Dispose();
    }

    /// <summary>For tests: limits the size of the database, as a full disk would. In pages of 4 KiB; 0 lifts the limit.</summary>
    internal void LimitPages(long pages) => Sql.Execute(connection, $"PRAGMA max_page_count = {(pages == 0 ? MostPages : pages)}");

    internal long Pages() => Sql.Number(connection, "PRAGMA page_count");

    private static FileStream Lock(string directory)
    {
        try
        {
            return PrivateFile.Open(Path.Combine(directory, "lock"), FileMode.OpenOrCreate);
        }
        catch (IOException e)
        {
            throw new StoreUnusableException($"{directory} is in use by another Yunhe server: stop that one, or take another directory", e);
        }
    }

    private void Insert(long version, Event fact) => Run(
        insertEvent,
        ("$version", version),
        ("$at", fact.At.ToString("O", CultureInfo.InvariantCulture)),
        ("$kind", StoreJson.KindOf(fact)),
        ("$body", StoreJson.Write(fact)));

    private void Prune()
    {
        var upTo = Interlocked.Read(ref prunable);
        if (upTo > 0 && Run(deleteEvents, ("$version", upTo), ("$limit", PruneBatch)) < PruneBatch)
            Interlocked.CompareExchange(ref prunable, 0, upTo);
    }

    private StateSnapshot? NewestReadable()
    {
        var first = FirstVersion();
        Exception? problem = null;
        foreach (var version in snapshots.Versions())
        {
            // Without the events right after it a snapshot is of no use, unless it is the end.
            if (version < Version && (first == 0 || first > version + 1)) break;
            try
            {
                return snapshots.Read(version);
            }
            catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException)
            {
                problem ??= e;
            }
        }

        if (first <= 1 && (first == 1 || Version == 0)) return null;
        throw new StoreUnusableException(
            $"{connection.DataSource}: no snapshot can be read and the events before number {first} are gone; restore a backup of the folder",
            problem ?? new FileNotFoundException("no snapshot"));
    }

    private List<Effect> Effects()
    {
        using var command = Prepare("SELECT id, body FROM effects ORDER BY seq");
        using var reader = command.ExecuteReader();
        var effects = new List<Effect>();
        while (reader.Read()) effects.Add(ReadBody<Effect>(reader.GetFieldValue<byte[]>(1), $"effect {reader.GetString(0)}"));
        return effects;
    }

    private T ReadBody<T>(byte[] body, string what)
    {
        try
        {
            return StoreJson.Read<T>(body);
        }
        catch (JsonException e)
        {
            throw new StoreUnusableException($"{connection.DataSource}: {what} can't be read ({e.Message}); restore a backup of the folder", e);
        }
    }

    private SqliteCommand Prepare(string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in text.Split([' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Where(w => w[0] == '$').Distinct())
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values) command.Parameters[name].Value = value;
        return command.ExecuteNonQuery();
    }

    private static bool IsDamage(SqliteException e) => e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    private static StoreUnusableException Damaged(string path, SqliteException e) =>
        new($"{path} is damaged ({e.Message}); restore a backup of the folder", e);
}
