package import Domain
import FoundationEssentials
import GRDB

extension DaemonJournal {
    package func held(_ task: TaskID) async throws -> HeldTask? {
        try await read { try HeldTask.fetch(task, in: $0) }
    }

    /// The attempts of which the server does not know the end.
    package func heldTasks() async throws -> [HeldTask] {
        try await read { try HeldTask.fetchAll(in: $0, \.isHeld) }
    }

    /// The others: those that are closed, or not the daemon's own any more.
    package func settledTasks() async throws -> [HeldTask] {
        try await read { try HeldTask.fetchAll(in: $0) { !$0.isHeld } }
    }

    /// Changes an attempt where it is still the one that is meant; returns what it is then, `nil` where it is not.
    @discardableResult
    package func change(
        _ key: HeldTask,
        _ name: String = "attempt",
        _ body: @escaping @Sendable (inout HeldTask) -> Void
    ) async throws -> HeldTask? {
        try await write(name) { database in
            guard var held = try HeldTask.fetch(key.task, in: database), held.attempt == key.attempt else { return nil }
            body(&held)
            try held.store(in: database)
            return held
        }
    }

    /// Ends an attempt that is not the daemon's own any more.
    package func fence(_ task: TaskID, attempt: Int) async throws {
        try await write("fence") { database in
            guard var held = try HeldTask.fetch(task, in: database), held.attempt == attempt else { return }
            // One that is over has nothing left to be kept from.
            held.phase = held.phase == .reported ? .closed : .fenced
            try held.store(in: database)
            try database.execute(sql: "DELETE FROM parcel WHERE task = ?", arguments: [task.rawValue])
        }
    }

    package func isDraining() async throws -> Bool {
        try await read { try IdentityValue.draining.read(in: $0) == "1" }
    }

    /// When what still runs is to be stopped; `nil` where nothing is.
    package func stopAt() async throws -> Timestamp? {
        try await read { database in
            try IdentityValue.stopAt.read(in: database).flatMap { Int64($0) }
                .map(Timestamp.init(millisecondsSince1970:))
        }
    }

    /// Until when the attempts are surely the daemon's own; `nil` where nothing is known.
    package func lease() async throws -> LeaseEnd? {
        try await read { database in
            let text = try IdentityValue.lease.read(in: database)
            // One that cannot be read is as good as none: then the server is asked first.
            return text.flatMap { try? JSONDecoder().decode(LeaseEnd.self, from: Data($0.utf8)) }
        }
    }

    package func keep(_ lease: LeaseEnd) async throws {
        let text = String(decoding: try JSONEncoder().encode(lease), as: UTF8.self)
        try await write("lease") { _ = try IdentityValue.lease.write(text, in: $0) }
    }
}

extension HeldTask {
    static func fetch(_ task: TaskID, in database: Database) throws -> HeldTask? {
        try Row.fetchOne(database, sql: "SELECT * FROM attempt WHERE task = ?", arguments: [task.rawValue])
            .flatMap(HeldTask.init)
    }

    static func fetchAll(in database: Database, _ isWanted: (Phase) -> Bool) throws -> [HeldTask] {
        let phases = Phase.allCases.filter(isWanted).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try Row.fetchAll(database, sql: "SELECT * FROM attempt WHERE phase IN (\(phases)) ORDER BY task")
            .compactMap(HeldTask.init)
    }

    private init?(_ row: Row) {
        guard let task = TaskID(rawValue: row["task"]), let phase = Phase(rawValue: row["phase"]) else { return nil }
        let note: String = row["note"]
        self.init(task, attempt: row["attempt"], phase: phase)
        sequence = row["sequence"]
        // What a note says beside the phase is made anew where it cannot be read.
        self.note = (try? JSONDecoder().decode(AttemptNote.self, from: Data(note.utf8))) ?? AttemptNote()
    }

    func store(in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO attempt (task, attempt, phase, sequence, note) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET attempt = excluded.attempt, phase = excluded.phase,
                    sequence = excluded.sequence, note = excluded.note
                """,
            arguments: [
                task.rawValue, attempt, phase.rawValue, sequence,
                String(decoding: try JSONEncoder().encode(note), as: UTF8.self),
            ]
        )
    }
}
