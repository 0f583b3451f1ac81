import GRDB

/// The tables of what a daemon remembers beside its tasks.
///
/// A migration that was released is never changed: a new one is added.
enum DaemonSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 daemon") { try $0.execute(sql: daemon) }
        // How many slots are taken is asked for with each command.
        migrator.registerMigration("2 attempts by phase") {
            try $0.execute(sql: "CREATE INDEX attempt_phase ON attempt (phase)")
        }
        return migrator
    }

    /// `identity` has what there is one of.
    ///
    /// `attempt` has the last attempt of each task that is here. `entry` is the
    /// outbox: `frame` is the message as it is sent. `derived` and `spool` say what of a task has become an entry, so that
    /// nothing becomes two. `parcel` is work on its way into the outbox. `command.answer` is NULL until it is carried out,
    /// `frame` is NULL afterwards.
    private static let daemon = """
        CREATE TABLE identity (
            name TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE attempt (
            task TEXT PRIMARY KEY NOT NULL,
            attempt INTEGER NOT NULL,
            phase TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            note TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE entry (
            number INTEGER PRIMARY KEY NOT NULL,
            task TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            frame BLOB NOT NULL
        ) STRICT;
        CREATE INDEX entry_task ON entry (task, attempt);

        CREATE TABLE derived (
            task TEXT NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (task, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE spool (
            task TEXT NOT NULL,
            spool TEXT NOT NULL,
            taken INTEGER NOT NULL,
            PRIMARY KEY (task, spool)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE parcel (
            task TEXT PRIMARY KEY NOT NULL,
            document TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE command (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT UNIQUE NOT NULL,
            task TEXT NOT NULL,
            frame BLOB,
            answer BLOB
        ) STRICT;
        CREATE INDEX command_task ON command (task, position) WHERE answer IS NULL;
        """
}
