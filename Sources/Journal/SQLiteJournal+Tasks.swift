package import Domain
import GRDB

extension SQLiteJournal {
    package func insert(_ task: TaskRecord) async throws {
        let document = try Document.encode(task)
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO task (id, name, status, runs, iterations, created, updated, document)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    task.id.rawValue, task.spec.name, task.status.rawValue, task.runs, task.iterations,
                    task.createdAt.millisecondsSince1970, task.updatedAt.millisecondsSince1970, document,
                ]
            )
            guard database.changesCount == 1 else { throw JournalError.taskExists(task.id) }
            try Self.append(TaskEvent(task), of: task.id, to: database)
        }
    }

    package func task(_ id: TaskID) async throws -> TaskRecord? {
        guard let row = try await read({ try Self.row(of: id, in: $0) }) else { return nil }
        do throws(DocumentError) {
            return try row.record()
        } catch {
            throw JournalError.damagedRow(id: row.id, message: error.message)
        }
    }

    package func tasks() async throws -> JournalListing {
        try await read { try Self.listing(in: $0, "SELECT id, document FROM task ORDER BY created DESC, id") }
    }

    package func tasks(latest count: Int) async throws -> JournalListing {
        let active = TaskStatus.allCases.filter(\.isActive).map(\.rawValue)
        let places = active.map { _ in "?" }.joined(separator: ", ")
        let sql = """
            SELECT id, document FROM task WHERE id IN (
                SELECT id FROM (SELECT id FROM task ORDER BY created DESC, id LIMIT ?)
                UNION SELECT id FROM task WHERE status IN (\(places))
            ) ORDER BY created DESC, id
            """
        return try await read { database in
            var listing = try Self.listing(in: database, sql, [count] + StatementArguments(active))
            let all = try Int.fetchOne(database, sql: "SELECT count(*) FROM task") ?? 0
            listing.older = all - listing.tasks.count - listing.damaged.count
            return listing
        }
    }

    package func neighbours(of ids: [TaskID]) async throws -> Set<TaskID> {
        try await read { database in
            let before = try database.makeStatement(sql: "SELECT max(id) FROM task WHERE id < ?")
            let after = try database.makeStatement(sql: "SELECT min(id) FROM task WHERE id > ?")
            var found: Set<TaskID> = []
            for id in ids {
                for statement in [before, after] {
                    let name = try String.fetchOne(statement, arguments: [id.rawValue])
                    if let neighbour = name.flatMap(TaskID.init(rawValue:)) { found.insert(neighbour) }
                }
            }
            return found
        }
    }

    static func listing(
        in database: Database,
        _ sql: String,
        _ arguments: StatementArguments = []
    ) throws -> JournalListing {
        var listing = JournalListing()
        for row in try Row.fetchAll(database, sql: sql, arguments: arguments).map(TaskRow.init) {
            do throws(DocumentError) {
                listing.tasks.append(try row.record())
            } catch {
                listing.damaged.append(DamagedRow(kind: .task, id: row.id, message: error.message))
            }
        }
        return listing
    }

    package func find(_ name: String) async throws -> TaskSearch {
        guard !name.isEmpty else { return .none }
        let known = try await read { database in
            try Row.fetchAll(database, sql: "SELECT id, name FROM task ORDER BY created DESC, id")
                .compactMap(KnownTask.init)
        }
        let folded = name.lowercased()
        if let exact = known.first(where: { $0.id.rawValue == folded }) { return .one(exact.id) }
        let isNamed: [(KnownTask) -> Bool] = [
            { $0.name == name }, { $0.name.lowercased() == folded }, { $0.begins(with: folded) },
        ]
        let found = isNamed.lazy.map { known.filter($0) }.first { !$0.isEmpty } ?? []
        guard let first = found.first else { return .none }
        return found.count == 1 ? .one(first.id) : .ambiguous(found.map(\.id))
    }

    package func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool {
        let document = try Document.encode(task)
        return try await write { database in
            guard let stored = try StoredTask.fetch(task.id, in: database), stored.status == expected.rawValue else {
                return false
            }
            return try Self.store(task, document, over: stored, in: database)
        }
    }

    package func delete(_ id: TaskID) async throws {
        try await write { try $0.execute(sql: "DELETE FROM task WHERE id = ?", arguments: [id.rawValue]) }
    }

    // MARK: - Within a transaction

    /// Writes the row unless the stored one is ahead of it; returns whether it did.
    static func store(
        _ task: TaskRecord,
        _ document: String,
        over stored: StoredTask,
        in database: Database
    ) throws -> Bool {
        guard stored.runs <= task.runs, stored.iterations <= task.iterations else { return false }
        let from = TaskStatus(wireName: stored.status)
        if let from, from != task.status, !from.successors.contains(task.status) {
            throw JournalError.forbiddenChange(task: task.id, from: from, to: task.status)
        }
        let before = try row(of: task.id, in: database)
        try database.execute(
            sql: """
                UPDATE task SET name = ?, status = ?, runs = ?, iterations = ?, updated = ?, document = ? WHERE id = ?
                """,
            arguments: [
                task.spec.name, task.status.rawValue, task.runs, task.iterations,
                task.updatedAt.millisecondsSince1970, document, task.id.rawValue,
            ]
        )
        if from != task.status || before?.reason != task.reason {
            try append(TaskEvent(task), of: task.id, to: database)
        }
        return true
    }

    private static func row(of id: TaskID, in database: Database) throws -> TaskRow? {
        try Row.fetchOne(database, sql: "SELECT id, document FROM task WHERE id = ?", arguments: [id.rawValue])
            .map(TaskRow.init)
    }

    static func append(_ event: TaskEvent, of id: TaskID, to database: Database) throws {
        try database.execute(
            sql: "INSERT INTO event (task, document) VALUES (?, ?)",
            arguments: [id.rawValue, try Document.encode(event)]
        )
    }
}

/// What the columns say about a task: enough to decide whether a write is allowed, even where its document is damaged.
struct StoredTask {
    var status: String
    var runs: Int
    var iterations: Int

    static func fetch(_ id: TaskID, in database: Database) throws -> StoredTask? {
        try Row.fetchOne(
            database,
            sql: "SELECT status, runs, iterations FROM task WHERE id = ?",
            arguments: [id.rawValue]
        )
        .map { StoredTask(status: $0["status"], runs: $0["runs"], iterations: $0["iterations"]) }
    }
}

/// A task's document, not yet read.
private struct TaskRow: Sendable {
    var id: String
    var document: String

    init(_ row: Row) {
        id = row["id"]
        document = row["document"]
    }

    func record() throws(DocumentError) -> TaskRecord {
        let record = try Document.decode(TaskRecord.self, from: document)
        guard record.id.rawValue == id else { throw DocumentError(message: "it is about task '\(record.id)'") }
        return record
    }

    /// `nil` also where the document cannot be read: then the row being written brings a new one.
    var reason: Reason? {
        // A damaged document has no reason to compare with, and is replaced by the very write that asks.
        try? record().reason
    }
}

/// How people may call a task.
private struct KnownTask: Sendable {
    var id: TaskID
    var name: String

    init?(_ row: Row) {
        guard let id = TaskID(rawValue: row["id"]) else { return nil }
        self.id = id
        name = row["name"]
    }

    /// `prefix` is in lower case.
    func begins(with prefix: String) -> Bool {
        id.rawValue.hasPrefix(prefix) || name.lowercased().hasPrefix(prefix)
    }
}

extension TaskEvent {
    /// The line that says what `task` has become.
    fileprivate init(_ task: TaskRecord) {
        self.init(
            at: task.updatedAt,
            status: task.status,
            reason: task.reason,
            iteration: task.iterations,
            run: task.runs
        )
    }
}
