import Domain
import GRDB

/// The tables of the journal.
///
/// A migration that was released is never changed: a new one is added.
///
/// What is counted, compared or searched has a column of its own. What is only read back is a JSON document, so that a
/// damaged document costs its details, never the fact that an iteration began.
enum JournalSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 tasks") { try $0.execute(sql: tasks) }
        migrator.registerMigration("2 account waits") { try $0.execute(sql: accountWaits) }
        migrator.registerMigration("3 messages") { try $0.execute(sql: messages) }
        migrator.registerMigration("4 permissions") { try $0.execute(sql: permissions) }
        migrator.registerMigration("5 values of variables") { try forgetValues(in: $0) }
        migrator.registerMigration("6 order of tasks") { try $0.execute(sql: taskOrder) }
        return migrator
    }

    /// Times are milliseconds since 1970; `task.document` is a whole `TaskRecord`.
    private static let tasks = """
        CREATE TABLE task (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            runs INTEGER NOT NULL,
            iterations INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX task_status ON task (status);

        CREATE TABLE iteration (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            run INTEGER NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT,
            PRIMARY KEY (task, number, attempt)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE checkpoint (
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            number INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (task, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX event_task ON event (task, sequence);
        """

    /// What people say to agents, and what agents ask; `receipt` is a whole `TaskMessage.Receipt`, and NULL while the
    /// message is queued; `question.document` is a whole `AskedQuestion`, `answer` a whole `TaskQuestion.Answer`.
    private static let messages = """
        CREATE TABLE message (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            sent INTEGER NOT NULL,
            text TEXT NOT NULL,
            answers INTEGER,
            receipt TEXT
        ) STRICT;
        CREATE INDEX message_task ON message (task, number);

        CREATE TABLE question (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            task TEXT NOT NULL REFERENCES task ON DELETE CASCADE,
            iteration INTEGER NOT NULL,
            asked INTEGER NOT NULL,
            document TEXT NOT NULL,
            answer TEXT
        ) STRICT;
        CREATE UNIQUE INDEX question_task ON question (task, iteration);
        """

    /// `question.request` is a whole `PermissionRequest` where the agent wants to be allowed something, of which an
    /// iteration may have many; NULL for its one question.
    private static let permissions = """
        ALTER TABLE question ADD COLUMN request TEXT;
        DROP INDEX question_task;
        CREATE UNIQUE INDEX question_iteration ON question (task, iteration) WHERE request IS NULL;
        CREATE INDEX question_task ON question (task, number);
        """

    /// What tasks know in common about the limits of the accounts they use; `document` is a whole `AccountWait`.
    private static let accountWaits = """
        CREATE TABLE account_wait (
            account TEXT PRIMARY KEY NOT NULL,
            document TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// All that is asked of tasks which are not looked at by themselves: their rows are spread over many pages.
    private static let taskOrder = "CREATE INDEX task_created ON task (created DESC, id, name)"

    /// Writes every task anew: documents held the values of agents' variables, which are not written any more.
    ///
    /// Tasks that are done are never written again, so theirs would stay for ever.
    static func forgetValues(in database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT id, document FROM task") {
            // A document that cannot be read stays as it is: it is the last that is known of its task.
            guard let task = try? Document.decode(TaskRecord.self, from: row["document"]) else { continue }
            try database.execute(
                sql: "UPDATE task SET document = ? WHERE id = ?",
                arguments: [try Document.encode(task), row["id"] as String]
            )
        }
    }
}
