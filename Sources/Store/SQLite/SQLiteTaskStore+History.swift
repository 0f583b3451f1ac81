package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func append(_ events: [NewEvent], to id: TaskID) async throws(StoreError) -> Int {
        try await write { turn in
            let row = try turn.database.first("SELECT attempt FROM task WHERE id = ?", [id.rawValue])
            return try turn.append(events, to: id, attempt: row?["attempt"] ?? 0)
        }
    }

    package func events(of id: TaskID, after position: Int, kinds: Set<EventKind>?, limit: Int) async throws(StoreError)
        -> [FleetEvent]
    {
        let chosen = (kinds ?? Set(EventKind.allCases)).map(\.rawValue).sorted()
        let places = Array(repeating: "?", count: chosen.count).joined(separator: ", ")
        return try await read { database in
            try database.all(
                """
                SELECT * FROM event WHERE task = ? AND position > ? AND kind IN (\(places)) ORDER BY position LIMIT ?
                """,
                [id.rawValue, position] + StatementArguments(chosen) + [limit]
            )
            .map { row in
                guard let kind = EventKind(rawValue: row["kind"]) else {
                    throw StoreError.damagedRow(table: "event", id: id.rawValue, message: "it is of no known kind")
                }
                let event = NewEvent(kind, at: row.time("at"), body: row["body"])
                return FleetEvent(position: row["position"], attempt: row["attempt"], event: event)
            }
        }
    }

    package func lastEvent(of id: TaskID) async throws(StoreError) -> Int {
        try await read { try $0.first("SELECT last FROM history WHERE task = ?", [id.rawValue])?["last"] ?? 0 }
    }

    package func iterations(of id: TaskID) async throws(StoreError) -> [IterationEntry] {
        try await read { database in
            try database.all("SELECT * FROM iteration WHERE task = ? ORDER BY attempt, number, turn", [id.rawValue])
                .map { IterationEntry($0) }
        }
    }

    package func spending(in time: Range<Timestamp>) async throws(StoreError) -> [TaskID: Spending] {
        try await read { database in
            let rows = try database.all(
                """
                SELECT task, sum(counted) AS iterations, \(SpendingRows.totals) FROM spending
                WHERE ended >= ? AND ended < ? GROUP BY task
                """,
                [time.lowerBound.millisecondsSince1970, time.upperBound.millisecondsSince1970]
            )
            return try Dictionary(uniqueKeysWithValues: rows.map(SpendingRows.spending))
        }
    }

    package func keep(_ checkpoints: [CheckpointEntry], of key: AttemptKey, events: [NewEvent])
        async throws(StoreError)
    {
        try await write { turn in
            _ = try turn.append(events, to: key.task, attempt: key.attempt)
            for checkpoint in checkpoints { try turn.write(checkpoint, of: key) }
            turn.change.tasks.insert(key.task)
        }
    }

    package func checkpoints(of id: TaskID) async throws(StoreError) -> [CheckpointEntry] {
        try await read { database in
            try database.all(
                """
                SELECT checkpoint.*, coalesce(blob.verified, 0) AS stored FROM checkpoint
                LEFT JOIN blob ON blob.task = checkpoint.task AND blob.digest = checkpoint.digest
                    AND blob.size = checkpoint.size
                WHERE checkpoint.task = ? ORDER BY checkpoint.attempt, checkpoint.number
                """,
                [id.rawValue]
            )
            .map { row in
                var entry = CheckpointEntry(
                    row["number"],
                    attempt: row["attempt"],
                    takenAt: row.time("taken"),
                    document: row["document"]
                )
                if let size = row["size"] as Int?, let digest = Database.digest(row["digest"]) {
                    entry.blob = BlobKey(digest, size: size)
                }
                entry.isStored = row["stored"]
                return entry
            }
        }
    }

    package func receipts(of id: TaskID) async throws(StoreError) -> [ReceiptEntry] {
        try await read { database in
            try database.all("SELECT * FROM receipt WHERE task = ? ORDER BY id", [id.rawValue])
                .map { row in
                    ReceiptEntry(
                        row["name"],
                        iteration: row["iteration"],
                        attempt: row["attempt"],
                        at: row.time("at"),
                        document: row["document"]
                    )
                }
        }
    }
}

extension IterationEntry {
    fileprivate init(_ row: Row) {
        self.init(
            row["number"],
            turn: row["turn"],
            attempt: row["attempt"],
            startedAt: row.time("started"),
            endedAt: row.optionalTime("ended"),
            document: row["document"]
        )
    }
}
