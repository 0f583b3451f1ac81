package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func enqueue(_ command: NewCommand, at time: Timestamp) async throws(StoreError) -> QueuedCommand {
        try await write { turn in
            try turn.enqueue(command, at: time)
            guard let queued = try Self.command(command.id, in: turn.database) else {
                throw StoreError.damagedRow(table: "command", id: command.id, message: "it was not written")
            }
            return queued
        }
    }

    package func unacknowledged(by daemon: DaemonID, after order: Int, limit: Int) async throws(StoreError)
        -> [QueuedCommand]
    {
        try await read { database in
            try database.all(
                """
                SELECT * FROM command
                WHERE daemon = ? AND number > ? AND acknowledged IS NULL AND withdrawn IS NULL ORDER BY number LIMIT ?
                """,
                [daemon.rawValue, order, limit]
            )
            .map(Self.command)
        }
    }

    package func acknowledge(_ answer: CommandReply, by daemon: DaemonID, at time: Timestamp) async throws(StoreError)
        -> Bool
    {
        try await write { try $0.acknowledge(answer, by: daemon, at: time) }
    }

    package func command(_ id: String) async throws(StoreError) -> QueuedCommand? {
        try await read { try Self.command(id, in: $0) }
    }

    private static func command(_ id: String, in database: Database) throws -> QueuedCommand? {
        try database.first("SELECT * FROM command WHERE id = ?", [id]).map(command)
    }

    private static func command(_ row: Row) throws -> QueuedCommand {
        var key: AttemptKey?
        if let text = row["task"] as String?, let task = TaskID(rawValue: text) {
            key = AttemptKey(task, row["attempt"])
        }
        let command = NewCommand(
            row["id"],
            to: try DaemonRows.id(row["daemon"]),
            about: key,
            document: row["document"]
        )
        var queued = QueuedCommand(command, order: row["number"], queuedAt: row.time("queued"))
        queued.acknowledgedAt = row.optionalTime("acknowledged")
        queued.answer = row["answer"]
        queued.isWithdrawn = row["withdrawn"] as Int64? != nil
        return queued
    }
}

extension StoreTurn {
    /// The first answer stays; returns whether this is it.
    @discardableResult
    func acknowledge(_ answer: CommandReply, by daemon: DaemonID, at time: Timestamp) throws -> Bool {
        let count = try database.run(
            "UPDATE command SET acknowledged = ?, answer = ? WHERE id = ? AND daemon = ? AND acknowledged IS NULL",
            [time.stored, answer.document?.stored, answer.command, daemon.rawValue]
        )
        return count > 0
    }
}
