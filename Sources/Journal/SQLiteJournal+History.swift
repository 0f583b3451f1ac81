package import Domain
import GRDB

extension SQLiteJournal {
    package func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws {
        let document = try Document.encode(checkpoint)
        try await write { database in
            try Self.store(document, asCheckpoint: checkpoint.number, of: id, in: database)
        }
    }

    static func store(_ document: String, asCheckpoint number: Int, of id: TaskID, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO checkpoint (task, number, document)
                SELECT id, ?, ? FROM task WHERE id = ?
                ON CONFLICT DO UPDATE SET document = excluded.document
                """,
            arguments: [number, document, id.rawValue]
        )
        guard database.changesCount == 1 else { throw JournalError.unknownTask(id) }
    }

    package func checkpoints(of id: TaskID) async throws -> [Checkpoint] {
        try await readable(Self.checkpointDocuments, of: id)
    }

    package func events(of id: TaskID) async throws -> [TaskEvent] {
        try await readable(Self.eventDocuments, of: id)
    }

    package func damage(of id: TaskID) async throws -> [DamagedRow] {
        var damage: [DamagedRow] = []
        do {
            _ = try await task(id)
        } catch JournalError.damagedRow(let id, let message) {
            damage.append(DamagedRow(kind: .task, id: id, message: message))
        }
        damage += try await damagedIterations(of: id)
        damage += try await complaints(Checkpoint.self, Self.checkpointDocuments, of: id)
            .map { DamagedRow(kind: .checkpoint, id: id.rawValue, message: $0) }
        damage += try await complaints(TaskEvent.self, Self.eventDocuments, of: id)
            .map { DamagedRow(kind: .event, id: id.rawValue, message: $0) }
        return damage
    }

    // MARK: - Documents

    private static let checkpointDocuments = "SELECT document FROM checkpoint WHERE task = ? ORDER BY number"
    private static let eventDocuments = "SELECT document FROM event WHERE task = ? ORDER BY sequence"

    /// The documents that can be read; ``damage(of:)`` tells of the others.
    private func readable<Value: Decodable & Sendable>(_ sql: String, of id: TaskID) async throws -> [Value] {
        try await decoded(Value.self, sql, of: id)
            .compactMap { result in
                guard case .success(let value) = result else { return nil }
                return value
            }
    }

    private func complaints<Value: Decodable & Sendable>(
        _ type: Value.Type,
        _ sql: String,
        of id: TaskID
    ) async throws -> [String] {
        try await decoded(type, sql, of: id)
            .compactMap { result in
                guard case .failure(let error) = result else { return nil }
                return error.message
            }
    }

    private func decoded<Value: Decodable & Sendable>(
        _ type: Value.Type,
        _ sql: String,
        of id: TaskID
    ) async throws -> [Result<Value, DocumentError>] {
        try await read { try String.fetchAll($0, sql: sql, arguments: [id.rawValue]) }
            .map { document in
                Result { () throws(DocumentError) in try Document.decode(type, from: document) }
            }
    }
}
