using Microsoft.Data.Sqlite;

namespace Yunhe.Storage;

/// <summary>Brings a database to the newest schema. Step n (from 1) leads to version n, kept in SQLite's user_version.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE events (version INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE effects (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
        """,
    ];

    public static int Newest => Steps.Length;

    /// <exception cref="StoreUnusableException">A newer Yunhe has written the database.</exception>
    public static void Run(SqliteConnection connection)
    {
        var version = (int)Sql.Number(connection, "PRAGMA user_version");
        if (version > Newest)
        {
            throw new StoreUnusableException(
                $"{connection.DataSource} has schema {version}, this Yunhe knows up to {Newest}: a newer version wrote it; run that one");
        }

        for (; version < Newest; version++)
        {
            using var transaction = connection.BeginTransaction();
            Sql.Execute(connection, $"{Steps[version]}; PRAGMA user_version = {version + 1}");
            transaction.Commit();
        }
    }
}

internal static class Sql
{
    public static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    public static long Number(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar() is long number ? number : 0;
    }
}
