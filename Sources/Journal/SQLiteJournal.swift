package import Domain
import FoundationEssentials
import GRDB
import Glibc

/// The journal in one SQLite file, in write-ahead mode with every commit synced to the disk.
///
/// Several processes may use the file at once; each transaction waits up to ten seconds for another's.
package final class SQLiteJournal: TaskJournal {
    private let queue: DatabaseQueue

    /// Opens the file at `path`, and makes it, readable by its owner only, where there is none.
    package init(path: String) throws {
        do {
            try Self.makeFile(path)
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            // GRDB sets NORMAL when it has opened the file: FULL must come after.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = JournalSchema.migrator
            guard try !queue.read(migrator.hasBeenSuperseded) else { throw JournalError.tooNew(path: path) }
            try migrator.migrate(queue)
        } catch let error as DatabaseError {
            throw JournalError.unreadable(path: path, message: error.message ?? "SQLite error \(error.resultCode)")
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        return configuration
    }

    private static func makeFile(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError.unreadable(path: path, message: String(cString: strerror(errno)))
        }
        close(descriptor)
    }

    // MARK: - Tasks

    package func insert(_ task: TaskRecord) async throws {
        let document = try Document.encode(task)
        try await write { database in
            try database.execute(
                sql: "INSERT INTO task (id, name, status, created, document) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    task.id.rawValue, task.spec.name, task.status.rawValue, task.createdAt.millisecondsSince1970,
                    document,
                ])
            try Self.append(Self.event(of: task), of: task.id, to: database)
        }
    }

    package func task(_ id: TaskID) async throws -> TaskRecord? {
        try await read { database in
            try String.fetchOne(database, sql: "SELECT document FROM task WHERE id = ?", arguments: [id.rawValue])
        }.map { try Document.decode(TaskRecord.self, from: $0, of: id.rawValue) }
    }

    package func tasks() async throws -> JournalListing {
        let rows = try await read { database in
            try Row.fetchAll(database, sql: "SELECT id, document FROM task ORDER BY created DESC, id")
                .map { (id: $0["id"] as String, document: $0["document"] as String) }
        }
        var listing = JournalListing(tasks: [], damaged: [])
        for row in rows {
            do {
                listing.tasks.append(try Document.decode(TaskRecord.self, from: row.document, of: row.id))
            } catch {
                listing.damaged.append(DamagedRow(id: row.id, message: "\(error)"))
            }
        }
        return listing
    }

    package func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool {
        let document = try Document.encode(task)
        return try await write { database in
            try Self.store(task, document, expecting: expected, in: database)
        }
    }

    package func delete(_ id: TaskID) async throws {
        try await write { try $0.execute(sql: "DELETE FROM task WHERE id = ?", arguments: [id.rawValue]) }
    }

    // MARK: - Iterations

    package func beginIteration(_ record: IterationRecord, of id: TaskID) async throws {
        let document = try Document.encode(record)
        do {
            try await write { database in
                try database.execute(
                    sql: "INSERT INTO iteration (task, number, attempt, document) VALUES (?, ?, ?, ?)",
                    arguments: [id.rawValue, record.number, record.attempt, document])
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw JournalError.iterationBegunBefore(task: id, number: record.number, attempt: record.attempt)
        }
    }

    package func endIteration(_ record: IterationRecord, task: TaskRecord) async throws {
        let iteration = try Document.encode(record)
        let document = try Document.encode(task)
        try await write { database in
            try database.execute(
                sql: "UPDATE iteration SET document = ? WHERE task = ? AND number = ? AND attempt = ?",
                arguments: [iteration, task.id.rawValue, record.number, record.attempt])
            guard database.changesCount == 1 else {
                throw JournalError.unknownIteration(task: task.id, number: record.number, attempt: record.attempt)
            }
            _ = try Self.store(task, document, expecting: nil, in: database)
        }
    }

    package func iterations(of id: TaskID) async throws -> [IterationRecord] {
        try await documents(
            "SELECT document FROM iteration WHERE task = ? ORDER BY number, attempt", of: id)
    }

    // MARK: - Checkpoints and history

    package func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws {
        let document = try Document.encode(checkpoint)
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO checkpoint (task, number, document) VALUES (?, ?, ?)",
                arguments: [id.rawValue, checkpoint.number, document])
        }
    }

    package func checkpoints(of id: TaskID) async throws -> [Checkpoint] {
        try await documents("SELECT document FROM checkpoint WHERE task = ? ORDER BY number", of: id)
    }

    package func events(of id: TaskID) async throws -> [TaskEvent] {
        try await documents("SELECT document FROM event WHERE task = ? ORDER BY sequence", of: id)
    }
}

// MARK: - Statements

extension SQLiteJournal {
    private static func store(
        _ task: TaskRecord, _ document: String, expecting expected: TaskStatus?, in database: Database
    ) throws -> Bool {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT status, reason FROM task WHERE id = ?", arguments: [task.id.rawValue])
        else { return false }
        let status: String = row["status"]
        let reason: String? = row["reason"]
        guard expected == nil || status == expected?.rawValue else { return false }
        try database.execute(
            sql: "UPDATE task SET name = ?, status = ?, reason = ?, document = ? WHERE id = ?",
            arguments: [
                task.spec.name, task.status.rawValue, task.reason?.code, document, task.id.rawValue,
            ])
        if status != task.status.rawValue || reason != task.reason?.code {
            try append(event(of: task), of: task.id, to: database)
        }
        return true
    }

    private static func event(of task: TaskRecord) -> TaskEvent {
        TaskEvent(
            at: task.updatedAt, status: task.status, reason: task.reason, iteration: task.iterations, run: task.runs)
    }

    private static func append(_ event: TaskEvent, of id: TaskID, to database: Database) throws {
        try database.execute(
            sql: "INSERT INTO event (task, document) VALUES (?, ?)",
            arguments: [id.rawValue, try Document.encode(event)])
    }

    private func documents<Value: Decodable & Sendable>(_ sql: String, of id: TaskID) async throws -> [Value] {
        try await read { try String.fetchAll($0, sql: sql, arguments: [id.rawValue]) }
            .map { try Document.decode(Value.self, from: $0, of: id.rawValue) }
    }

    /// GRDB rolls a write back when the calling task is cancelled; what was decided must be written all the same.
    private func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let queue = queue
        return try await Task { try await queue.write(body) }.value
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let queue = queue
        return try await Task { try await queue.read(body) }.value
    }
}

/// Values as the JSON texts that are stored.
private enum Document {
    static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String, of id: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw JournalError.damagedRow(id: id, message: "\(error)")
        }
    }
}
