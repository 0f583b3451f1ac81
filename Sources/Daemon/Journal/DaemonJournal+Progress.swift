package import Domain
import FoundationEssentials
import GRDB

/// What of a task has become entries of the outbox.
package struct GatherProgress: Hashable, Sendable {
    /// The names of what was told once.
    package var derived: Set<String> = []
    /// How many bytes of each file of output.
    package var taken: [String: Int] = [:]
    /// Work that is under way.
    package var parcel: Parcel?

    package init() {}

    /// Takes in what was entered.
    package mutating func note(_ batch: OutboxBatch) {
        derived.formUnion(batch.keys)
        if let piece = batch.piece { taken[piece.spool] = piece.range.upperBound }
        switch batch.parcel {
        case .leave: break
        case .set(let parcel): self.parcel = parcel
        case .remove: parcel = nil
        }
    }
}

/// The work of a checkpoint that is too large for one message, on its way into the outbox.
package struct Parcel: Hashable, Sendable, Codable {
    package var checkpoint: Int
    /// The commit that it builds upon.
    package var base: String
    /// The file with its bytes.
    package var path: String
    package var size: Int
    package var sha256: String
    /// How many bytes have become entries.
    package var sent = 0

    package init(checkpoint: Int, base: String, path: String, size: Int, sha256: String) {
        self.checkpoint = checkpoint
        self.base = base
        self.path = path
        self.size = size
        self.sha256 = sha256
    }

    func store(of task: TaskID, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO parcel (task, document) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET document = excluded.document
                """,
            arguments: [task.rawValue, String(decoding: try JSONEncoder().encode(self), as: UTF8.self)]
        )
    }
}

extension DaemonJournal {
    package func progress(of task: TaskID) async throws -> GatherProgress {
        try await read { database in
            var progress = GatherProgress()
            let arguments: StatementArguments = [task.rawValue]
            progress.derived = try String.fetchSet(
                database,
                sql: "SELECT key FROM derived WHERE task = ?",
                arguments: arguments
            )
            for row in try Row.fetchAll(database, sql: "SELECT * FROM spool WHERE task = ?", arguments: arguments) {
                progress.taken[row["spool"]] = row["taken"]
            }
            let document = try String.fetchOne(
                database,
                sql: "SELECT document FROM parcel WHERE task = ?",
                arguments: arguments
            )
            progress.parcel = try document.map { try JSONDecoder().decode(Parcel.self, from: Data($0.utf8)) }
            return progress
        }
    }
}
