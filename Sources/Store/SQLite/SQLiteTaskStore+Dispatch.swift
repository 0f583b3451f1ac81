package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func ready(at time: Timestamp, after cursor: ReadyCursor?, limit: Int) async throws(StoreError) -> ReadyPage
    {
        try await read { database in
            // The condition is Schedule's: a conformance test compares the two.
            let tasks =
                try database.all(
                    """
                    \(TaskRows.select)
                    WHERE task.status = 'pending' AND task.daemon IS NULL AND task.not_before <= ? AND NOT EXISTS (
                        SELECT 1 FROM dependency LEFT JOIN task AS parent ON parent.id = dependency.parent
                        WHERE dependency.task = task.id AND (parent.id IS NULL OR parent.status <> 'done'
                            OR dependency.condition = 'merged' AND parent.merged = 0)
                    ) AND (task.urgency, task.id) > (?, ?)
                    ORDER BY task.urgency, task.id LIMIT ?
                    """,
                    [time.stored, cursor?.urgency ?? .min, cursor?.id.rawValue ?? "", limit]
                )
                .map(TaskRows.task)
            let last = tasks.count == limit ? tasks.last : nil
            return ReadyPage(tasks, next: last.map { ReadyCursor(urgency: TaskRows.urgency($0), id: $0.id) })
        }
    }

    package func load() async throws(StoreError) -> FleetLoad {
        try await read { database in
            var load = FleetLoad()
            for row in try database.all("SELECT key, COUNT(*) AS count FROM held_key GROUP BY key") {
                load.keys[row["key"]] = row["count"]
            }
            let shares = "SELECT share, COUNT(*) AS count FROM task WHERE daemon IS NOT NULL GROUP BY share"
            for row in try database.all(shares) { load.shares[(row["share"] as String?) ?? ""] = row["count"] }
            let daemons = "SELECT daemon, COUNT(*) AS count FROM task WHERE daemon IS NOT NULL GROUP BY daemon"
            for row in try database.all(daemons) { load.daemons[try DaemonRows.id(row["daemon"])] = row["count"] }
            return load
        }
    }

    package func assign(_ request: AssignmentRequest) async throws(StoreError) -> AssignmentOutcome {
        try await write { turn in
            guard try turn.isLive(request.session) else { return .sessionOver }
            guard let stored = try TaskRows.fetch(request.task, in: turn.database),
                stored.attempt == request.previousAttempt,
                let assigned = AttemptRules.assigned(
                    stored,
                    to: request.session.daemon,
                    session: request.session.number,
                    at: request.at
                )
            else { return .outdated }
            if let last = request.lastEvent {
                let row = try turn.database.first("SELECT last FROM history WHERE task = ?", [stored.id.rawValue])
                guard row?["last"] == last else { return .outdated }
            }
            for key in stored.demands.keys {
                let held = try turn.database.first("SELECT COUNT(*) AS count FROM held_key WHERE key = ?", [key.name])
                guard (held?["count"] as Int? ?? 0) < key.limit else { return .keyBusy(key.name) }
            }
            return .assigned(try turn.begin(assigned, over: stored, request))
        }
    }

    package func rescue(watchedSince watch: Timestamp?, at time: Timestamp, limit: Int) async throws(StoreError)
        -> [FleetTask]
    {
        let leases = settings.leases
        return try await write { turn in
            var rescued: [FleetTask] = []
            let busy = try turn.database.all(
                "SELECT DISTINCT daemon FROM task WHERE daemon IS NOT NULL ORDER BY daemon"
            )
            for daemon in try busy.map({ try DaemonRows.id($0["daemon"]) }) {
                let latest = try DaemonRows.latestSession(of: daemon, in: turn.database)
                if let latest, leases.standing(of: latest, at: time) == .alive { continue }
                for task in try TaskRows.assigned(to: daemon, in: turn.database) where rescued.count < limit {
                    guard leases.rescue(task, latest: latest, watchedSince: watch, at: time) == .rescue,
                        let lost = AttemptRules.lost(task, mostLosses: leases.mostLosses, at: time)
                    else { continue }
                    rescued.append(try turn.save(lost, over: task, end: .lost, at: time))
                }
            }
            return rescued
        }
    }
}

extension StoreTurn {
    /// Whether the session is the latest of its daemon and has no end.
    func isLive(_ key: SessionKey) throws -> Bool {
        guard let latest = try DaemonRows.latestSession(of: key.daemon, in: database) else { return false }
        return latest.number == key.number && latest.end == nil
    }

    fileprivate func begin(_ task: FleetTask, over stored: FleetTask, _ request: AssignmentRequest) throws -> FleetTask
    {
        let saved = try save(task, over: stored, at: request.at)
        try database.run(
            "INSERT INTO attempt (task, attempt, daemon, session, since) VALUES (?, ?, ?, ?, ?)",
            [
                task.id.rawValue, task.attempt, request.session.daemon.rawValue, request.session.number,
                request.at.stored,
            ]
        )
        try holdKeys(of: task)
        if let command = request.command { try enqueue(command, at: request.at) }
        for command in request.further { try enqueue(command, at: request.at) }
        return saved
    }
}
