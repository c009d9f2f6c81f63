using Microsoft.Data.Sqlite;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Storage.Tests;

public sealed class SqliteStoreTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-store-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_appended_is_there_after_reopening()
    {
        using (var store = Open())
            store.Append([Step(Cancelled(1), Cancelled(2)), Step(Cancelled(3))]);
        using var again = Open();
        Assert.Equal(3, again.Version);
        Assert.Equal([Cancelled(1), Cancelled(2), Cancelled(3)], again.Load().Events);
    }

    [Fact]
    public void A_volatile_event_is_not_stored_and_takes_no_version()
    {
        using var store = Open();
        store.Append([Step(new SiteWentAway(At, "alpha", "no answer"), Cancelled(1))]);
        Assert.Equal(1, store.Version);
        Assert.Equal([Cancelled(1)], store.Load().Events);
    }

    [Fact]
    public void Effects_stay_in_order_until_they_are_done()
    {
        Effect one = new StartAttempt("alpha", Attempt(1)), two = new CancelAttempt("beta", Attempt(2)), three = new StartAttempt("alpha", Attempt(3));
        using (var store = Open())
        {
            store.Append([new([], [one, two, three], [])]);
            store.Append([new([], [], [two.Id])]);
        }

        using var again = Open();
        Assert.Equal([one, three], again.Load().Effects);
    }

    [Fact]
    public void An_effect_that_is_done_and_asked_for_again_in_one_commit_is_kept()
    {
        var effect = new CancelAttempt("alpha", Attempt(1));
        using var store = Open();
        store.Append([new([], [effect], [])]);
        store.Append([new([], [], [effect.Id]), new([], [effect], [])]);
        Assert.Equal([effect], store.Load().Effects);
    }

    [Fact]
    public void An_effect_that_is_begun_and_done_in_one_commit_is_gone()
    {
        var effect = new ForgetAttempt("alpha", Attempt(1));
        using var store = Open();
        store.Append([new([], [effect], []), new([], [], [effect.Id])]);
        Assert.Empty(store.Load().Effects);
    }

    [Fact]
    public void A_transaction_that_was_torn_leaves_neither_events_nor_effects()
    {
        using (var store = Open()) store.Append([Step(Cancelled(1))]);
        using (var raw = Raw())
        {
            using var torn = raw.BeginTransaction();
            Run(raw, "INSERT INTO events VALUES (2, '', 'x', '{}'); INSERT INTO effects (id, body) VALUES ('start:w1.1', '{}')");
        }

        using var again = Open();
        var stored = again.Load();
        Assert.Equal([Cancelled(1)], stored.Events);
        Assert.Empty(stored.Effects);
    }

    [Fact]
    public void A_snapshot_takes_the_place_of_the_events_before_it()
    {
        using (var store = Open())
        {
            store.Append([Step(Cancelled(1), Cancelled(2))]);
            store.WriteSnapshot(Snapshot(2));
            store.Append([Step(Cancelled(3))]);
        }

        using var again = Open();
        var stored = again.Load();
        Assert.Equal(2, stored.Snapshot!.Version);
        Assert.Equal([Cancelled(3)], stored.Events);
    }

    [Fact]
    public void A_snapshot_and_the_events_after_it_make_the_state_that_all_events_make()
    {
        var state = new State();
        var random = new Random(1);
        var attempts = 0;
        using var store = Open();
        for (var n = 0; n < 60; n++)
        {
            Input input = n switch
            {
                0 => new CreateNetwork(),
                1 => new AddSite(LocalSite()),
                2 => new Observe("alpha", new() { Pools = [new(LocalSite().Pools[0], [new(4, new(8, 8192, 0))])] }),
                _ when n % 3 == 0 => new Submit(Spec($"n{n}"), "admin", $"key{n}", null),
                _ when n % 3 == 1 => new AttemptAccepted(Attempt(++attempts), $"job {n}", "accepted"),
                _ => new RequestQuote(Spec($"n{n}"), "admin"),
            };
            var now = At.AddSeconds(n);
            store.Append([Controller.Step(state, input, now, random), Controller.Step(state, new Tick(), now, random)]);
            if (n == 30) store.WriteSnapshot(state.Capture());
        }

        var replayed = new State();
        foreach (var (_, fact) in store.EventsAfter(0, long.MaxValue)) replayed.Apply(fact);
        Assert.Equal(state.Version, store.Version);
        Assert.True(state.Task(new(new(1)))!.Attempts.Length == 1, "the first workload was placed");
        Assert.Equal(Text(state), Text(replayed));
        Assert.Equal(Text(state), Text(store.Load().Replay()));
    }

    [Fact]
    public void A_damaged_snapshot_is_passed_over_for_the_one_before_it()
    {
        using var store = Open();
        store.Append([Step(Cancelled(1))]);
        store.WriteSnapshot(Snapshot(1));
        store.Append([Step(Cancelled(2))]);
        store.WriteSnapshot(Snapshot(2));
        store.Append([Step(Cancelled(3))]);
        File.WriteAllBytes(Path.Combine(folder, "snapshot-2.json.gz"), [0x1f, 0x8b, 0, 1, 2]);

        var stored = store.Load();
        Assert.Equal(1, stored.Snapshot!.Version);
        Assert.Equal([Cancelled(2), Cancelled(3)], stored.Events);
    }

    [Fact]
    public void Events_that_no_kept_snapshot_needs_are_pruned()
    {
        using var store = Open();
        for (var n = 1; n <= 4; n++)
        {
            store.Append([Step(Cancelled(n))]);
            store.WriteSnapshot(Snapshot(n));
        }

        store.Append([Step(Cancelled(5))]);
        Assert.Equal([4L, 5L], store.EventsAfter(0, 10).Select(e => e.Version));
        Assert.Equal(2, Directory.GetFiles(folder, "snapshot-*").Length);
        Assert.Equal(4, store.Load().Snapshot!.Version);
    }

    [Fact]
    public void Without_any_readable_snapshot_and_with_events_missing_it_says_so_and_refuses()
    {
        using var store = Open();
        for (var n = 1; n <= 3; n++)
        {
            store.Append([Step(Cancelled(n))]);
            store.WriteSnapshot(Snapshot(n));
        }

        store.Append([Step(Cancelled(4))]);
        foreach (var path in Directory.GetFiles(folder, "snapshot-*")) File.WriteAllText(path, "not gzip");
        Assert.Contains("restore a backup", Assert.Throws<StoreUnusableException>(store.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_server_is_refused_while_the_first_has_the_directory()
    {
        var first = Open();
        Assert.Contains("in use", Assert.Throws<StoreUnusableException>(Open).Message, StringComparison.Ordinal);
        first.Dispose();
        Open().Dispose();
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        Open().Dispose();
        using (var raw = Raw()) Run(raw, "PRAGMA user_version = 99");
        Assert.Contains("newer", Assert.Throws<StoreUnusableException>(Open).Message, StringComparison.Ordinal);
        using (var raw = Raw()) Run(raw, $"PRAGMA user_version = {Migrations.Newest}");
        Open().Dispose();
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_with_its_name()
    {
        File.WriteAllText(Path.Combine(folder, "yunhe.db"), new string('x', 5000));
        Assert.Contains("yunhe.db", Assert.Throws<StoreUnusableException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_can_not_be_read_is_named()
    {
        using var store = Open();
        store.Append([Step(Cancelled(1))]);
        using (var raw = Raw()) Run(raw, "UPDATE events SET body = '{\"$\":\"no-such-kind\"}'");
        var error = Assert.Throws<StoreUnusableException>(() => store.Load().Events.ToList());
        Assert.Contains("event 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_refuses_the_whole_transaction_and_loses_nothing_that_was_acknowledged()
    {
        var acknowledged = 0;
        using (var store = Open())
        {
            store.LimitPages(store.Pages() + 4);
            var full = Assert.Throws<StoreFullException>(() =>
            {
                for (; acknowledged < 10_000; acknowledged++) store.Append([new([Cancelled(acknowledged + 1)], [], [])]);
            });
            Assert.Contains("space", full.Message, StringComparison.Ordinal);
            Assert.InRange(acknowledged, 1, 9_999);
            Assert.Equal(acknowledged, store.Version);

            store.LimitPages(0);
            store.Append([Step(Cancelled(acknowledged + 1))]);
        }

        using var again = Open();
        Assert.Equal(Enumerable.Range(1, acknowledged + 1).Select(n => Cancelled(n)), again.Load().Events);
    }

    [Fact]
    public void Only_the_user_of_the_server_can_read_its_files()
    {
        if (OperatingSystem.IsWindows()) return;
        using var store = Open();
        store.Append([Step(Cancelled(1))]);
        store.WriteSnapshot(Snapshot(1));
        foreach (var path in Directory.GetFiles(folder))
            Assert.Equal((path, UnixFileMode.UserRead | UnixFileMode.UserWrite), (path, File.GetUnixFileMode(path)));
    }

    private SqliteStore Open() => SqliteStore.Open(folder);

    private SqliteConnection Raw()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "yunhe.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static string Text(State state) => System.Text.Encoding.UTF8.GetString(StoreJson.Write(state.Capture()));

    private static Site LocalSite() => new()
    {
        Name = "alpha",
        Place = new(),
        Link = new(1_000_000_000, 1, Money.Zero),
        Prices = PriceBook.Free,
        Green = new(1.5, 500, 0, 10),
        Engine = new(EngineSpec.Local, new Dictionary<string, string>()),
        Pools = [new() { Name = "main", Nodes = 4, PerNode = new(8, 8192, 0) }],
    };

    private static WorkloadSpec Spec(string name) => new()
    {
        Name = name, Program = new(ProgramKind.Task) { Run = "true" }, Requirements = [new(new(1, 512, 0))],
    };

    private static StepResult Step(params Event[] events) => new(events, [], []);

    private static CancelRequested Cancelled(int n) => new(At, new(n), "admin");

    private static AttemptId Attempt(int n) => new(new(new(n)), 1);

    private static StateSnapshot Snapshot(long version) => new(version, "net", 0, 0, [], [], [], [], []);
}
