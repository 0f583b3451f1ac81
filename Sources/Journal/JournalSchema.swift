import GRDB

/// The tables of the journal. A migration that was released is never changed: a new one is added.
enum JournalSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 tasks") { database in
            try database.execute(
                sql: """
                    CREATE TABLE task (
                        id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
                        created INTEGER NOT NULL, document TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX task_status ON task (status);
                    CREATE TABLE iteration (
                        task TEXT NOT NULL REFERENCES task ON DELETE CASCADE, number INTEGER NOT NULL,
                        attempt INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (task, number, attempt)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE checkpoint (
                        task TEXT NOT NULL REFERENCES task ON DELETE CASCADE, number INTEGER NOT NULL,
                        document TEXT NOT NULL, PRIMARY KEY (task, number)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE event (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        task TEXT NOT NULL REFERENCES task ON DELETE CASCADE, document TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX event_task ON event (task, sequence);
                    """)
        }
        return migrator
    }
}
