package import Domain
import GRDB

extension SQLiteJournal {
    package func beginIteration(_ record: IterationRecord, of id: TaskID) async throws {
        try await write { database in
            guard let task = try StoredTask.fetch(id, in: database) else { throw JournalError.unknownTask(id) }
            guard task.runs <= record.run else { throw JournalError.superseded(task: id, run: record.run) }
            try database.execute(
                sql: """
                    INSERT INTO iteration (task, number, attempt, run, started) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    id.rawValue, record.number, record.attempt, record.run, record.startedAt.millisecondsSince1970,
                ]
            )
            guard database.changesCount == 1 else {
                throw JournalError.iterationBegunBefore(task: id, number: record.number, attempt: record.attempt)
            }
        }
    }

    package func endIteration(_ record: IterationRecord, task: TaskRecord) async throws {
        guard let endedAt = record.endedAt, let outcome = record.outcome else {
            throw JournalError.endMissing(task: task.id, number: record.number, attempt: record.attempt)
        }
        let document = try Document.encode(task)
        let outcomeDocument = try Document.encode(outcome)
        let checkpoint = try outcome.checkpoint.map { ($0.number, try Document.encode($0)) }
        try await write { database in
            guard let row = try IterationRow.fetch(record, of: task.id, in: database) else {
                throw JournalError.unknownIteration(task: task.id, number: record.number, attempt: record.attempt)
            }
            guard row.mayEnd(at: endedAt, outcome) else {
                throw JournalError.iterationEndedBefore(task: task.id, number: record.number, attempt: record.attempt)
            }
            try database.execute(
                sql: "UPDATE iteration SET ended = ?, outcome = ? WHERE task = ? AND number = ? AND attempt = ?",
                arguments: [
                    endedAt.millisecondsSince1970, outcomeDocument, task.id.rawValue, record.number, record.attempt,
                ]
            )
            if outcome.counted {
                let receipt = TaskMessage.Receipt(.prompt, iteration: record.number, at: endedAt)
                for number in outcome.messages ?? [] { try Self.deliver(number, of: task.id, receipt, in: database) }
            }
            if case .question(let text) = outcome.agent.end, task.spec.questions != nil, outcome.unanswered == nil {
                let asked = outcome.question ?? AskedQuestion(text: text)
                try Self.ask(asked, in: record.number, at: endedAt, of: task.id, in: database)
            }
            if let (number, document) = checkpoint {
                try Self.store(document, asCheckpoint: number, of: task.id, in: database)
            }
            guard let stored = try StoredTask.fetch(task.id, in: database),
                try Self.store(task, document, over: stored, in: database)
            else { throw JournalError.superseded(task: task.id, run: task.runs) }
        }
    }

    package func iterations(of id: TaskID) async throws -> [IterationRecord] {
        try await iterationRows(of: id).map(\.record)
    }

    func damagedIterations(of id: TaskID) async throws -> [DamagedRow] {
        try await iterationRows(of: id)
            .compactMap { row in
                row.damage.map {
                    let subject = "iteration \(row.record.number), try \(row.record.attempt)"
                    return DamagedRow(kind: .iteration, id: id.rawValue, message: "\(subject): \($0)")
                }
            }
    }

    private func iterationRows(of id: TaskID) async throws -> [IterationRow] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM iteration WHERE task = ? ORDER BY number, attempt",
                arguments: [id.rawValue]
            )
            .map(IterationRow.init)
        }
    }
}

/// An iteration as stored: its columns always, its outcome where that can be read.
private struct IterationRow: Sendable {
    var record: IterationRecord
    /// Why the outcome cannot be read.
    var damage: String?

    init(_ row: Row) {
        record = IterationRecord(
            number: row["number"],
            attempt: row["attempt"],
            run: row["run"],
            startedAt: Timestamp(millisecondsSince1970: row["started"])
        )
        record.endedAt = (row["ended"] as Int64?).map(Timestamp.init(millisecondsSince1970:))
        do throws(DocumentError) {
            guard let document = row["outcome"] as String? else { return }
            record.outcome = try Document.decode(IterationOutcome.self, from: document)
        } catch {
            damage = error.message
        }
    }

    static func fetch(_ record: IterationRecord, of id: TaskID, in database: Database) throws -> IterationRow? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM iteration WHERE task = ? AND number = ? AND attempt = ?",
            arguments: [id.rawValue, record.number, record.attempt]
        )
        .map(IterationRow.init)
    }

    /// Whether this is its first end, or the one it has, to which only what its checks found is added.
    func mayEnd(at endedAt: Timestamp, _ outcome: IterationOutcome) -> Bool {
        guard let storedEnd = record.endedAt else { return true }
        guard storedEnd == endedAt else { return false }
        return damage != nil
            || record.outcome?.agent == outcome.agent && record.outcome?.counted == outcome.counted
    }
}
