package import Domain
import GRDB

extension SQLiteJournal {
    package func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> TaskMessage {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO message (task, sent, text) SELECT id, ?, ? FROM task WHERE id = ?",
                arguments: [time.millisecondsSince1970, text, id.rawValue]
            )
            guard database.changesCount == 1 else { throw JournalError.unknownTask(id) }
            return TaskMessage(number: Int(database.lastInsertedRowID), text: text, sentAt: time)
        }
    }

    package func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) async throws {
        try await write { try Self.deliver(number, of: id, receipt, in: $0) }
    }

    package func messages(of id: TaskID) async throws -> [TaskMessage] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT number, sent, text, answers, receipt FROM message WHERE task = ? ORDER BY number",
                arguments: [id.rawValue]
            )
            .map(Self.message)
        }
    }

    /// Does nothing for a message that is not the task's, or that the agent has already.
    static func deliver(
        _ number: Int,
        of id: TaskID,
        _ receipt: TaskMessage.Receipt,
        in database: Database
    ) throws {
        let kept = try String.fetchOne(
            database,
            sql: "SELECT receipt FROM message WHERE number = ? AND task = ?",
            arguments: [number, id.rawValue]
        )
        // One that cannot be read makes room: else it would be told again and again.
        guard kept.flatMap(Self.receipt) == nil else { return }
        try database.execute(
            sql: "UPDATE message SET receipt = ? WHERE number = ? AND task = ?",
            arguments: [try Document.encode(receipt), number, id.rawValue]
        )
    }

    /// One that cannot be read is none: better said twice than never.
    private static func receipt(_ document: String) -> TaskMessage.Receipt? {
        // As above: no receipt.
        try? Document.decode(TaskMessage.Receipt.self, from: document)
    }

    private static func message(_ row: Row) -> TaskMessage {
        let document: String? = row["receipt"]
        return TaskMessage(
            number: row["number"],
            text: row["text"],
            sentAt: Timestamp(millisecondsSince1970: row["sent"]),
            answers: row["answers"],
            receipt: document.flatMap(receipt)
        )
    }
}
