import GRDB

/// The tables of the store.
///
/// A migration that was released is never changed: a new one is added. Times are milliseconds since 1970. What is
/// decided, searched or counted by has a column of its own; the rest of a value is a JSON document.
enum StoreSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 fleet") { database in
            for sql in [tasks, daemons, deliveries, history, access] { try database.execute(sql: sql) }
        }
        migrator.registerMigration("2 answers") { try $0.execute(sql: answers) }
        migrator.registerMigration("3 changes") { try $0.execute(sql: changes) }
        migrator.registerMigration("4 pruning") { try $0.execute(sql: pruning) }
        migrator.registerMigration("5 contracts") { try $0.execute(sql: contracts) }
        migrator.registerMigration("6 spending") { try $0.execute(sql: spending) }
        migrator.registerMigration("7 kept spending") { try $0.execute(sql: SpendingRows.migration) }
        return migrator
    }

    /// `request.answer` is the ids of the tasks that were made, or what an order was answered.
    private static let answers = "ALTER TABLE request RENAME COLUMN tasks TO answer"

    /// `history.pruned` is the task's revision when its output was forgotten.
    private static let pruning = "ALTER TABLE history ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0"

    /// `contract.state` is a whole `Contract`, in which `revision` does not count: the column does.
    ///
    /// `active` says that something
    /// may follow by itself. `contract_template` is apart so that what is read often stays small.
    private static let contracts = """
        CREATE TABLE contract (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            revision INTEGER NOT NULL,
            active INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            state TEXT NOT NULL
        ) STRICT;
        CREATE INDEX contract_created ON contract (created, id);
        CREATE INDEX contract_active ON contract (id) WHERE active = 1;

        CREATE TABLE contract_template (
            contract TEXT PRIMARY KEY NOT NULL REFERENCES contract ON DELETE CASCADE,
            template TEXT NOT NULL
        ) STRICT;

        CREATE TABLE contract_event (
            contract TEXT NOT NULL REFERENCES contract ON DELETE CASCADE,
            position INTEGER NOT NULL,
            at INTEGER NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (contract, position)
        ) STRICT, WITHOUT ROWID;
        """

    /// What was spent in a time is asked of all tasks.
    private static let spending = "CREATE INDEX iteration_ended ON iteration (ended) WHERE ended IS NOT NULL"

    private static let changes = "CREATE INDEX task_updated ON task (updated, id)"

    /// `task.state` is a whole `FleetTask`, in which `revision` and `sequence` do not count: the columns do.
    ///
    /// `urgency` is when a task of priority 0 would have been queued to be as urgent. `task_document` is apart so that
    /// what is read often stays small. `dependency.parent` may be gone.
    private static let tasks = """
        CREATE TABLE task (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            merged INTEGER NOT NULL,
            daemon TEXT,
            urgency INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            share TEXT,
            contract TEXT,
            parent TEXT,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            state TEXT NOT NULL
        ) STRICT;
        CREATE INDEX task_created ON task (created, id);
        CREATE INDEX task_status ON task (status, updated);
        CREATE INDEX task_queue ON task (urgency, id) WHERE status = 'pending' AND daemon IS NULL;
        CREATE INDEX task_daemon ON task (daemon) WHERE daemon IS NOT NULL;
        CREATE INDEX task_contract ON task (contract) WHERE contract IS NOT NULL;
        CREATE INDEX task_parent ON task (parent) WHERE parent IS NOT NULL;

        CREATE TABLE task_document (
            task TEXT PRIMARY KEY NOT NULL REFERENCES task ON DELETE CASCADE,
            document TEXT NOT NULL
        ) STRICT;

        CREATE TABLE dependency (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            parent TEXT NOT NULL,
            condition TEXT NOT NULL,
            PRIMARY KEY (task, parent, condition)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dependency_parent ON dependency (parent);

        CREATE TABLE held_key (
            key TEXT NOT NULL,
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            PRIMARY KEY (key, task)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX held_key_task ON held_key (task);

        CREATE TABLE attempt (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            daemon TEXT NOT NULL,
            session INTEGER NOT NULL,
            since INTEGER NOT NULL,
            sequence INTEGER NOT NULL DEFAULT 0,
            ended INTEGER,
            end TEXT,
            PRIMARY KEY (task, attempt)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE request (
            key TEXT PRIMARY KEY NOT NULL,
            fingerprint BLOB NOT NULL,
            tasks TEXT NOT NULL,
            created INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX request_created ON request (created);
        """

    /// `daemon.document` is a whole `DaemonRecord`, `session.capacity` a whole `DaemonCapacity`.
    ///
    /// `daemon.taken` is the number of the last entry that was taken of its outbox, which is called `outbox`. The session that is renewed is the
    /// only row that is written often.
    private static let daemons = """
        CREATE TABLE daemon (
            id TEXT PRIMARY KEY NOT NULL,
            taken INTEGER NOT NULL DEFAULT 0,
            outbox TEXT,
            document TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE session (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            daemon TEXT NOT NULL REFERENCES daemon ON DELETE CASCADE,
            server TEXT NOT NULL,
            started INTEGER NOT NULL,
            lease INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            ended INTEGER,
            end TEXT,
            capacity TEXT
        ) STRICT;
        CREATE INDEX session_daemon ON session (daemon, number);
        CREATE INDEX session_open ON session (lease) WHERE ended IS NULL;
        """

    private static let deliveries = """
        CREATE TABLE command (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            daemon TEXT NOT NULL,
            task TEXT,
            attempt INTEGER,
            document TEXT NOT NULL,
            queued INTEGER NOT NULL,
            acknowledged INTEGER,
            answer TEXT,
            withdrawn INTEGER
        ) STRICT;
        CREATE INDEX command_open ON command (daemon, number) WHERE acknowledged IS NULL AND withdrawn IS NULL;
        CREATE INDEX command_task ON command (task, attempt) WHERE task IS NOT NULL;

        CREATE TABLE refusal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            daemon TEXT NOT NULL,
            session INTEGER NOT NULL,
            number INTEGER NOT NULL,
            task TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            cause TEXT NOT NULL,
            report TEXT NOT NULL
        ) STRICT;
        CREATE INDEX refusal_task ON refusal (task, id);
        """

    /// `history.last` is the position of a task's last event, which may be gone.
    private static let history = """
        CREATE TABLE history (
            task TEXT PRIMARY KEY NOT NULL REFERENCES task ON DELETE CASCADE,
            last INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            position INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (task, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE iteration (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            number INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            document TEXT NOT NULL,
            PRIMARY KEY (task, attempt, number, turn)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE checkpoint (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            number INTEGER NOT NULL,
            taken INTEGER NOT NULL,
            digest BLOB,
            size INTEGER,
            document TEXT NOT NULL,
            PRIMARY KEY (task, attempt, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE blob (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            digest BLOB NOT NULL,
            size INTEGER NOT NULL,
            received INTEGER NOT NULL,
            verified INTEGER NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (task, digest)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE blob_part (
            id INTEGER PRIMARY KEY,
            task TEXT NOT NULL,
            digest BLOB NOT NULL,
            start INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (task, digest, start),
            FOREIGN KEY (task, digest) REFERENCES blob ON DELETE CASCADE
        ) STRICT;

        CREATE TABLE receipt (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            iteration INTEGER NOT NULL,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX receipt_task ON receipt (task, id);

        CREATE TABLE question (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            number INTEGER NOT NULL,
            asked INTEGER NOT NULL,
            document TEXT NOT NULL,
            answer TEXT,
            author TEXT,
            answered INTEGER,
            withdrawn INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (task, attempt, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX question_open ON question (asked) WHERE answered IS NULL AND withdrawn = 0;
        """

    private static let access = """
        CREATE TABLE user (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            created INTEGER NOT NULL,
            disabled INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE token (
            id TEXT PRIMARY KEY NOT NULL,
            kind TEXT NOT NULL,
            digest BLOB NOT NULL,
            label TEXT NOT NULL,
            user TEXT REFERENCES user ON DELETE CASCADE,
            daemon TEXT REFERENCES daemon ON DELETE CASCADE,
            scopes TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER,
            used INTEGER,
            CHECK ((user IS NULL) <> (daemon IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT;
        """
}
