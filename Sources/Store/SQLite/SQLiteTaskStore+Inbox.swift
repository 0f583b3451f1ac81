package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func take(_ entries: [InboxEntry], from session: SessionKey, at time: Timestamp) async throws(StoreError)
        -> [TakeOutcome]
    {
        try await write { turn in
            guard try turn.isLive(session) else { throw StoreError.sessionOver(session) }
            let sql = "SELECT taken FROM daemon WHERE id = ?"
            guard let row = try turn.database.first(sql, [session.daemon.rawValue]) else {
                throw StoreError.unknownDaemon(session.daemon)
            }
            var inbox = InboxState(lastTaken: row["taken"])
            let before = inbox
            var outcomes: [TakeOutcome] = []
            // Most entries are about the task of the one before, and leave it as it is.
            var known: FleetTask?
            for entry in entries {
                switch inbox.take(entry.number) {
                case .repetition: outcomes.append(.repetition)
                case .gap(let expected): outcomes.append(.gap(expected: expected))
                case .next: outcomes.append(try turn.carryOut(entry, &known, from: session, at: time))
                }
            }
            if inbox != before {
                try turn.database.run(
                    "UPDATE daemon SET taken = ? WHERE id = ?",
                    [inbox.lastTaken, session.daemon.rawValue]
                )
            }
            return outcomes
        }
    }

    package func lastTaken(from daemon: DaemonID) async throws(StoreError) -> Int {
        try await read { try $0.first("SELECT taken FROM daemon WHERE id = ?", [daemon.rawValue])?["taken"] ?? 0 }
    }

    package func refusals(of task: TaskID?, limit: Int) async throws(StoreError) -> [Refusal] {
        try await read { database in
            let rows =
                try task.map {
                    try database.all(
                        "SELECT * FROM refusal WHERE task = ? ORDER BY id DESC LIMIT ?",
                        [$0.rawValue, limit]
                    )
                } ?? database.all("SELECT * FROM refusal ORDER BY id DESC LIMIT ?", [limit])
            return try rows.map(Self.refusal)
        }
    }

    private static func refusal(_ row: Row) throws -> Refusal {
        guard let task = TaskID(rawValue: row["task"]), let cause = RefusalCause(rawValue: row["cause"]) else {
            throw StoreError.damagedRow(
                table: "refusal",
                id: "\(row["id"] as Int64)",
                message: "it names nothing known"
            )
        }
        var refusal = Refusal(
            at: row.time("at"),
            from: SessionKey(try DaemonRows.id(row["daemon"]), row["session"]),
            number: row["number"],
            about: AttemptKey(task, row["attempt"]),
            cause
        )
        refusal.report = row["report"]
        return refusal
    }
}

extension StoreTurn {
    /// Does what an entry brings about, which is the next; `known` is a task as it is in this transaction.
    fileprivate func carryOut(
        _ entry: InboxEntry,
        _ known: inout FleetTask?,
        from session: SessionKey,
        at time: Timestamp
    ) throws -> TakeOutcome {
        for answer in entry.effect.answers { try acknowledge(answer, by: session.daemon, at: time) }
        for note in entry.effect.audit { try audit(note) }
        guard let subject = entry.subject else { return .taken(nil) }
        let task = try known.flatMap { $0.id == subject.task ? $0 : nil } ?? TaskRows.fetch(subject.task, in: database)
        known = task
        let message = AttemptMessage(daemon: session.daemon, attempt: subject.attempt, sequence: subject.sequence)
        switch AttemptRules.judge(entry.effect.report, of: message, to: task, at: time) {
        case .repetition: return .repetition
        case .refused(let cause):
            try refuse(entry, subject, cause, from: session, at: time)
            return .stale(cause)
        case .noted(let after):
            try record(entry.effect, of: after)
            try noteSequence(of: after)
            known = after
            return .taken(after)
        case .changed(let after):
            // Before the status, so that whoever reads of the end has read everything.
            try record(entry.effect, of: after)
            try noteSequence(of: after)
            guard let task else { return .taken(after) }
            var changed = after
            // Any daemon goes on with what the store has.
            if entry.effect.report.isDrained, try hasLatestWork(of: after.id) { changed.demands.daemon = nil }
            let saved = try save(changed, over: task, end: entry.effect.report.end, at: time)
            known = saved
            return .taken(saved)
        }
    }

    /// Whether the work of the last checkpoint is here; also where there is none, or only what the task began with.
    ///
    /// A checkpoint of a tree that an earlier one has kept is of the same commit, and brings nothing.
    private func hasLatestWork(of task: TaskID) throws -> Bool {
        // What cannot be read is of no commit.
        let document = "CASE WHEN json_valid(checkpoint.document) THEN checkpoint.document ELSE '{}' END"
        let last = try database.first(
            """
            SELECT json_extract(\(document), '$.checkpoint.commit') AS work,
            json_extract(\(document), '$.checkpoint.cause') AS cause
            FROM checkpoint WHERE task = ? ORDER BY attempt DESC, number DESC LIMIT 1
            """,
            [task.rawValue]
        )
        guard let last else { return true }
        if (last["cause"] as String?) == "base" { return true }
        let stored = try database.first(
            """
            SELECT 1 AS stored FROM checkpoint
            JOIN blob ON blob.task = checkpoint.task AND blob.digest = checkpoint.digest AND blob.size = checkpoint.size
            WHERE checkpoint.task = ? AND blob.verified AND json_extract(\(document), '$.checkpoint.commit') = ?
            LIMIT 1
            """,
            [task.rawValue, last["work"] as String?]
        )
        return stored != nil
    }

    private func noteSequence(of task: FleetTask) throws {
        try database.run(
            "UPDATE attempt SET sequence = ? WHERE task = ? AND attempt = ?",
            [task.sequence, task.id.rawValue, task.attempt]
        )
    }

    private func refuse(
        _ entry: InboxEntry,
        _ subject: InboxEntry.Subject,
        _ cause: RefusalCause,
        from session: SessionKey,
        at time: Timestamp
    ) throws {
        try database.run(
            """
            INSERT INTO refusal (at, daemon, session, number, task, attempt, cause, report)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                time.stored, session.daemon.rawValue, session.number, entry.number, subject.task.rawValue,
                subject.attempt, cause.rawValue, try StoreDocument.encode(entry.effect.report),
            ]
        )
        // What an agent has printed is kept, whoever has the task by now.
        let sql = "SELECT daemon FROM attempt WHERE task = ? AND attempt = ?"
        let owner = try database.first(sql, [subject.task.rawValue, subject.attempt])
        guard owner?["daemon"] == session.daemon.rawValue else { return }
        try append(entry.effect.events, to: subject.task, attempt: subject.attempt)
    }

    /// Writes what an entry says beside the task itself.
    private func record(_ effect: InboxEffect, of task: FleetTask) throws {
        let key = AttemptKey(task.id, task.attempt)
        try append(effect.events, to: task.id, attempt: task.attempt)
        for iteration in effect.iterations { try write(iteration, of: key) }
        for checkpoint in effect.checkpoints { try write(checkpoint, of: key) }
        for receipt in effect.receipts { try write(receipt, of: key) }
        for question in effect.questions { try write(question, of: key) }
        for number in effect.withdrawnQuestions {
            try database.run(
                "UPDATE question SET withdrawn = 1 WHERE task = ? AND attempt = ? AND number = ? AND answered IS NULL",
                [task.id.rawValue, task.attempt, number]
            )
        }
        change.tasks.insert(task.id)
    }

    /// The end that was told first stays.
    private func write(_ iteration: IterationEntry, of key: AttemptKey) throws {
        let count = try database.run(
            """
            INSERT INTO iteration VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET ended = excluded.ended, document = excluded.document WHERE ended IS NULL
            """,
            [
                key.task.rawValue, key.attempt, iteration.number, iteration.turn, iteration.startedAt.stored,
                iteration.endedAt?.stored, iteration.document.stored,
            ]
        )
        guard count > 0, let end = iteration.endedAt, let spent = iteration.spent else { return }
        try SpendingRows.write(spent, of: key.task, endedAt: end, in: database)
    }

    /// One of the same number takes its place, as it does with the daemon.
    func write(_ checkpoint: CheckpointEntry, of key: AttemptKey) throws {
        try database.run(
            """
            INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET taken = excluded.taken, digest = excluded.digest, size = excluded.size,
                document = excluded.document
            """,
            [
                key.task.rawValue, key.attempt, checkpoint.number, checkpoint.takenAt.stored,
                checkpoint.blob.map { Database.blob($0.digest) }, checkpoint.blob?.size, checkpoint.document.stored,
            ]
        )
    }

    private func write(_ receipt: ReceiptEntry, of key: AttemptKey) throws {
        try database.run(
            "INSERT INTO receipt (task, attempt, iteration, name, at, document) VALUES (?, ?, ?, ?, ?, ?)",
            [
                key.task.rawValue, key.attempt, receipt.iteration, receipt.check.stored, receipt.at.stored,
                receipt.document.stored,
            ]
        )
    }

    private func write(_ question: QuestionEntry, of key: AttemptKey) throws {
        try database.run(
            "INSERT INTO question (task, attempt, number, asked, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [key.task.rawValue, key.attempt, question.key.number, question.askedAt.stored, question.document.stored]
        )
        change.isListChanged = true
    }
}
