package import Domain
package import Fleet
import GRDB

/// Reading of daemons and sessions, within a transaction.
enum DaemonRows {
    static func id(_ text: String) throws(StoreError) -> DaemonID {
        guard let id = DaemonID(rawValue: text) else {
            throw .damagedRow(table: "daemon", id: text, message: "it is no daemon's id")
        }
        return id
    }

    static func daemon(_ row: Row) throws -> DaemonRecord {
        var daemon = try StoreDocument.decode(DaemonRecord.self, from: row["document"], of: "daemon", row["id"])
        daemon.lastSeenAt = row.optionalTime("seen")
        return daemon
    }

    static func fetch(_ id: DaemonID, in database: Database) throws -> DaemonRecord? {
        try database.first("\(select) WHERE id = ?", [id.rawValue]).map(daemon)
    }

    static let select = """
        SELECT daemon.id, daemon.document, (SELECT MAX(seen) FROM session WHERE session.daemon = daemon.id) AS seen
        FROM daemon
        """

    static func session(_ row: Row) throws -> DaemonSession {
        var session = DaemonSession(
            daemon: try id(row["daemon"]),
            number: row["number"],
            server: row["server"],
            startedAt: row.time("started"),
            leaseUntil: row.time("lease")
        )
        if let cause = (row["end"] as String?).flatMap(SessionEnd.init), let time = row.optionalTime("ended") {
            session.end = DaemonSession.End(cause, at: time)
        }
        return session
    }

    static func latestSession(of daemon: DaemonID, in database: Database) throws -> DaemonSession? {
        try database.first("SELECT * FROM session WHERE daemon = ? ORDER BY number DESC LIMIT 1", [daemon.rawValue])
            .map(session)
    }
}

extension SQLiteTaskStore {
    package func put(_ daemon: DaemonRecord) async throws(StoreError) {
        try await write { turn in
            try turn.database.run(
                """
                INSERT INTO daemon (id, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document
                """,
                [daemon.id.rawValue, try StoreDocument.encode(daemon)]
            )
            turn.change.areDaemonsChanged = true
        }
    }

    package func introduce(_ daemon: DaemonRecord) async throws(StoreError) -> DaemonRecord? {
        try await write { turn in
            try turn.change(daemon.id) { stored in
                let isDraining = stored.isDraining
                stored = daemon
                stored.isDraining = isDraining
            }
        }
    }

    package func daemon(_ id: DaemonID) async throws(StoreError) -> DaemonRecord? {
        try await read { try DaemonRows.fetch(id, in: $0) }
    }

    package func daemons() async throws(StoreError) -> [DaemonRecord] {
        try await read { try $0.all("\(DaemonRows.select) ORDER BY id").map(DaemonRows.daemon) }
    }

    package func removeDaemon(_ id: DaemonID) async throws(StoreError) -> Bool {
        try await write { turn in
            let count = try turn.database.run(
                "DELETE FROM daemon WHERE id = ? AND NOT EXISTS (SELECT 1 FROM task WHERE daemon = ?)",
                [id.rawValue, id.rawValue]
            )
            guard count > 0 else { return false }
            // One of the same name would get them.
            try turn.database.run("DELETE FROM command WHERE daemon = ?", [id.rawValue])
            turn.change.areDaemonsChanged = true
            return true
        }
    }

    package func openSession(of daemon: DaemonID, on server: String, outbox: String?, at time: Timestamp)
        async throws(StoreError) -> SessionOpening
    {
        let leases = settings.leases
        return try await write { turn in
            let isOutboxNew = try turn.noteOutbox(outbox, of: daemon)
            guard let row = try turn.database.first("SELECT taken FROM daemon WHERE id = ?", [daemon.rawValue]) else {
                throw StoreError.unknownDaemon(daemon)
            }
            let previous = try DaemonRows.latestSession(of: daemon, in: turn.database)
            try turn.database.run(
                "INSERT INTO session (daemon, server, started, lease, seen) VALUES (?, ?, ?, ?, ?)",
                [daemon.rawValue, server, time.stored, time.stored, time.stored]
            )
            let number = Int(turn.database.lastInsertedRowID)
            let (session, fenced) = leases.open(number, of: daemon, on: server, after: previous, at: time)
            try turn.database.run("UPDATE session SET lease = ? WHERE number = ?", [session.leaseUntil.stored, number])
            if let fenced { try turn.writeEnd(of: fenced) }
            turn.change.areDaemonsChanged = true
            return SessionOpening(
                session: session,
                fenced: fenced,
                lastTaken: row["taken"],
                isOutboxNew: isOutboxNew
            )
        }
    }

    package func renew(_ session: SessionKey, capacity: DaemonCapacity?, at time: Timestamp) async throws(StoreError)
        -> Timestamp
    {
        let leases = settings.leases
        return try await write { turn in
            guard let latest = try DaemonRows.latestSession(of: session.daemon, in: turn.database),
                latest.number == session.number, let longer = leases.renewed(latest, at: time)
            else { throw StoreError.sessionOver(session) }
            try turn.database.run(
                "UPDATE session SET lease = ?, seen = ?, capacity = coalesce(?, capacity) WHERE number = ?",
                [
                    longer.leaseUntil.stored, time.stored, try capacity.map(StoreDocument.encode), session.number,
                ]
            )
            turn.change.areDaemonsChanged = true
            return longer.leaseUntil
        }
    }

    package func expired(at time: Timestamp) async throws(StoreError) -> [DaemonSession] {
        try await read { database in
            try database.all("SELECT * FROM session WHERE ended IS NULL AND lease < ? ORDER BY number", [time.stored])
                .map(DaemonRows.session)
        }
    }

    package func endSession(_ session: SessionKey, _ cause: SessionEnd, at time: Timestamp) async throws(StoreError)
        -> Bool
    {
        let leases = settings.leases
        return try await write { turn in
            let sql = "SELECT * FROM session WHERE number = ? AND daemon = ? AND ended IS NULL"
            let row = try turn.database.first(sql, [session.number, session.daemon.rawValue])
            guard let open = try row.map(DaemonRows.session) else { return false }
            // It may have been renewed since somebody saw that it is over.
            if cause == .expired, leases.standing(of: open, at: time) != .expired { return false }
            try turn.writeEnd(of: leases.ended(open, cause, at: time))
            turn.change.areDaemonsChanged = true
            return true
        }
    }

    package func latestSession(of daemon: DaemonID) async throws(StoreError) -> DaemonSession? {
        try await read { try DaemonRows.latestSession(of: daemon, in: $0) }
    }

    package func connected(at time: Timestamp) async throws(StoreError) -> [DaemonState] {
        try await read { database in
            let rows = try database.all(
                """
                SELECT daemon.id, daemon.document, session.seen, session.number, session.capacity,
                    (SELECT COUNT(*) FROM task WHERE task.daemon = daemon.id) AS assigned
                FROM session JOIN daemon ON daemon.id = session.daemon
                WHERE session.ended IS NULL AND session.lease >= ? ORDER BY daemon.id
                """,
                [time.stored]
            )
            return try rows.map { row in
                let daemon = try DaemonRows.daemon(row)
                let capacity = try (row["capacity"] as String?)
                    .map { try StoreDocument.decode(DaemonCapacity.self, from: $0, of: "session", row["id"]) }
                var state = DaemonState(
                    daemon.id,
                    session: row["number"],
                    labels: daemon.labels,
                    // Before it has told, it gets nothing.
                    capacity: capacity ?? DaemonCapacity(slots: 0)
                )
                state.repositories = daemon.repositories
                state.isDraining = daemon.isDraining
                state.assigned = row["assigned"]
                return state
            }
        }
    }

    package func assigned(to daemon: DaemonID) async throws(StoreError) -> [FleetTask] {
        try await read { try TaskRows.assigned(to: daemon, in: $0) }
    }
}

extension StoreTurn {
    /// Changes what is known of a daemon; `nil` where nothing is.
    func change(_ id: DaemonID, _ body: (inout DaemonRecord) -> Void) throws -> DaemonRecord? {
        guard var record = try DaemonRows.fetch(id, in: database) else { return nil }
        body(&record)
        try database.run(
            "UPDATE daemon SET document = ? WHERE id = ?",
            [try StoreDocument.encode(record), id.rawValue]
        )
        change.areDaemonsChanged = true
        return record
    }

    /// Begins to count anew for another outbox; returns whether there was one before.
    fileprivate func noteOutbox(_ outbox: String?, of daemon: DaemonID) throws -> Bool {
        guard let outbox else { return false }
        let row = try database.first("SELECT outbox FROM daemon WHERE id = ?", [daemon.rawValue])
        let known = row?["outbox"] as String?
        guard known != outbox else { return false }
        try database.run(
            known == nil
                ? "UPDATE daemon SET outbox = ? WHERE id = ?" : "UPDATE daemon SET outbox = ?, taken = 0 WHERE id = ?",
            [outbox, daemon.rawValue]
        )
        return known != nil
    }

    fileprivate func writeEnd(of session: DaemonSession) throws {
        try database.run(
            "UPDATE session SET ended = ?, end = ? WHERE number = ? AND ended IS NULL",
            [session.end?.at.stored, session.end?.cause.rawValue, session.number]
        )
    }
}
