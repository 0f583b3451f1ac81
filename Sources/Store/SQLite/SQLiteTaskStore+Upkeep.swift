package import Domain
import GRDB

extension SQLiteTaskStore {
    package func prune(_ rules: PruneRules, at time: Timestamp, limit: Int) async throws(StoreError) -> PruneReport {
        try await write { turn in
            var report = PruneReport()
            report.doneTasks = try turn.pruneTasks(rules.doneTasks, at: time, limit: limit)
            report.contracts = try turn.pruneContracts(rules.doneTasks, at: time, limit: limit)
            report.events = try turn.forget(.events, rules.events, at: time, limit: limit)
            report.refusals = try turn.forget(.refusals, rules.refusals, at: time, limit: limit)
            report.audit = try turn.forget(.audit, rules.audit, at: time, limit: limit)
            report.requests = try turn.forget(.requests, rules.requests, at: time, limit: limit)
            report.commands = try turn.forget(.commands, rules.commands, at: time, limit: limit)
            report.partialBlobs = try turn.forget(.partialBlobs, rules.partialBlobs, at: time, limit: limit)
            report.blobs = try turn.forget(.blobs, rules.blobs, at: time, limit: limit)
            report.spending = try turn.forget(.spending, rules.spending, at: time, limit: limit)
            report.sessions = try turn.forget(.sessions, rules.sessions, at: time, limit: limit)
            report.output = try turn.pruneOutput(rules.output, at: time, limit: limit)
            return report
        }
    }
}

/// Rows that may be forgotten, each the end of a statement that takes a time and a number of rows.
private enum OldRows: String {
    // A task that somebody has may be watched.
    case events = """
        event WHERE (task, position) IN (SELECT event.task, event.position FROM event
            JOIN task ON task.id = event.task
            WHERE task.daemon IS NULL AND event.kind <> 'status' AND event.at < ? LIMIT ?)
        """
    case refusals = "refusal WHERE id IN (SELECT id FROM refusal WHERE at < ? ORDER BY id LIMIT ?)"
    case audit = "audit WHERE number IN (SELECT number FROM audit WHERE at < ? ORDER BY number LIMIT ?)"
    case requests = "request WHERE key IN (SELECT key FROM request WHERE created < ? LIMIT ?)"
    case commands = """
        command WHERE number IN (SELECT number FROM command
            WHERE coalesce(acknowledged, withdrawn) < ? ORDER BY number LIMIT ?)
        """
    case partialBlobs = """
        blob WHERE (task, digest) IN (SELECT task, digest FROM blob WHERE verified = 0 AND created < ? LIMIT ?)
        """
    case blobs = """
        blob WHERE (task, digest) IN (SELECT blob.task, blob.digest FROM task JOIN blob ON blob.task = task.id
            WHERE task.updated < ? AND task.daemon IS NULL AND task.status <> 'pending' AND NOT EXISTS (
                SELECT 1 FROM dependency JOIN task AS child ON child.id = dependency.task
                WHERE dependency.parent = task.id AND child.status <> 'done'
            ) AND NOT EXISTS (
                SELECT 1 FROM contract WHERE contract.id = task.contract
                    AND (contract.status IN ('working', 'blocked') OR contract.status <> 'done' AND task.merged = 0)
            ) LIMIT ?)
        """
    case spending = "spending WHERE id IN (SELECT id FROM spending WHERE ended < ? LIMIT ?)"
    case sessions = """
        session WHERE number IN (SELECT number FROM session
            WHERE ended < ? AND EXISTS (SELECT 1 FROM session AS later
                WHERE later.daemon = session.daemon AND later.number > session.number)
            ORDER BY number LIMIT ?)
        """
}

extension StoreTurn {
    fileprivate func forget(_ rows: OldRows, _ age: Duration?, at time: Timestamp, limit: Int) throws -> Int {
        guard let age else { return 0 }
        return try database.run("DELETE FROM \(rows.rawValue)", [time.stored - age.milliseconds, limit])
    }

    /// Of each task once for each time that it comes to rest: `history.pruned` is the revision at which that was done.
    fileprivate func pruneOutput(_ age: Duration?, at time: Timestamp, limit: Int) throws -> Int {
        guard let age else { return 0 }
        let rows = try database.all(
            """
            SELECT task.id, task.revision FROM task JOIN history ON history.task = task.id
            WHERE task.updated < ? AND task.daemon IS NULL AND task.status <> 'pending'
                AND history.pruned <> task.revision LIMIT ?
            """,
            [time.stored - age.milliseconds, limit]
        )
        var count = 0
        for row in rows {
            let id: String = row["id"]
            let room = limit - count
            count += try database.run(
                """
                DELETE FROM event WHERE (task, position) IN (
                    SELECT task, position FROM event WHERE task = ? AND kind = 'output' LIMIT ?)
                """,
                [id, room]
            )
            guard count < limit else { break }
            try database.run("UPDATE history SET pruned = ? WHERE task = ?", [row["revision"] as Int, id])
        }
        return count
    }

    /// Those that have ended, and of whose tasks none is left.
    fileprivate func pruneContracts(_ age: Duration?, at time: Timestamp, limit: Int) throws -> Int {
        guard let age else { return 0 }
        let rows = try database.all(
            """
            SELECT id FROM contract WHERE status NOT IN ('working', 'blocked') AND active = 0 AND updated < ?
                AND NOT EXISTS (SELECT 1 FROM task WHERE task.contract = contract.id) LIMIT ?
            """,
            [time.stored - age.milliseconds, limit]
        )
        for row in rows {
            let id: String = row["id"]
            try database.run("DELETE FROM contract WHERE id = ?", [id])
            if let id = ContractID(rawValue: id) { change.contracts.insert(id) }
        }
        return rows.count
    }

    /// What others wait for stays, and what belongs to a contract that is not over; of one that may be resumed also what
    /// is not merged yet.
    fileprivate func pruneTasks(_ age: Duration?, at time: Timestamp, limit: Int) throws -> Int {
        guard let age else { return 0 }
        let rows = try database.all(
            """
            SELECT id FROM task WHERE status = 'done' AND updated < ? AND NOT EXISTS (
                SELECT 1 FROM dependency JOIN task AS child ON child.id = dependency.task
                WHERE dependency.parent = task.id AND child.status <> 'done'
            ) AND NOT EXISTS (
                SELECT 1 FROM contract WHERE contract.id = task.contract
                    AND (contract.active = 1 OR contract.status IN ('working', 'blocked')
                        OR contract.status <> 'done' AND task.merged = 0)
            ) LIMIT ?
            """,
            [time.stored - age.milliseconds, limit]
        )
        try keepInContracts(rows.compactMap { TaskID(rawValue: $0["id"]) })
        for row in rows {
            let id: String = row["id"]
            try database.run("DELETE FROM task WHERE id = ?", [id])
            try database.run("DELETE FROM command WHERE task = ?", [id])
            if let id = TaskID(rawValue: id) { change.tasks.insert(id) }
        }
        change.isListChanged = change.isListChanged || !rows.isEmpty
        return rows.count
    }
}
