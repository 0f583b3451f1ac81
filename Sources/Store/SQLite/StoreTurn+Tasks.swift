import Domain
import Fleet
import GRDB

/// Reading and writing of whole tasks, within a transaction.
enum TaskRows {
    /// `columns` of a task with the last sequence number of its attempt.
    static let select = """
        SELECT task.id, task.state, task.revision, attempt.sequence
        FROM task LEFT JOIN attempt ON attempt.task = task.id AND attempt.attempt = task.attempt
        """

    static func task(_ row: Row) throws -> FleetTask {
        var task = try StoreDocument.decode(FleetTask.self, from: row["state"], of: "task", row["id"])
        task.revision = row["revision"]
        task.sequence = row["sequence"] ?? 0
        return task
    }

    static func fetch(_ id: TaskID, in database: Database) throws -> FleetTask? {
        try database.first("\(select) WHERE task.id = ?", [id.rawValue]).map(task)
    }

    /// What a daemon has, by id.
    static func assigned(to daemon: DaemonID, in database: Database) throws -> [FleetTask] {
        try database.all("\(select) WHERE task.daemon = ? ORDER BY task.id", [daemon.rawValue]).map(task)
    }

    /// A task's urgency grows by one priority in this time; what differs from the dispatcher's is evened out by it.
    private static let ageing = DispatchLimits().ageing.milliseconds

    static func urgency(_ task: FleetTask) -> Int64 {
        task.queuedAt.stored - Int64(task.demands.priority) * ageing
    }
}

extension StoreTurn {
    func insert(_ new: NewTask) throws {
        let task = new.task
        let demands = task.demands
        let isNew = try database.run(
            """
            INSERT INTO task (id, name, status, attempt, revision, merged, urgency, not_before, share, contract, parent,
                created, updated, state)
            VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                task.id.rawValue, task.name.stored, task.status.rawValue, task.attempt, task.isMerged,
                TaskRows.urgency(task),
                demands.notBefore?.stored ?? 0, demands.share, demands.contract, demands.parent?.rawValue,
                task.createdAt.stored, task.updatedAt.stored, try StoreDocument.encode(task),
            ]
        )
        guard isNew == 1 else { throw StoreError.exists(kind: "task", id: task.id.rawValue) }
        try database.run("INSERT INTO task_document VALUES (?, ?)", [task.id.rawValue, new.document.stored])
        try database.run("INSERT INTO history (task, last) VALUES (?, 0)", [task.id.rawValue])
        try writeDependencies(of: task)
        try note(task, at: task.createdAt)
    }

    func writeDependencies(of task: FleetTask) throws {
        try database.run("DELETE FROM dependency WHERE task = ?", [task.id.rawValue])
        for dependency in task.demands.dependencies {
            try database.run(
                "INSERT INTO dependency VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [task.id.rawValue, dependency.task.rawValue, dependency.condition.rawValue]
            )
        }
    }

    /// Writes a task over the one that was read in the same transaction, with all that follows from the difference.
    ///
    /// Returns it with its new revision.
    @discardableResult
    func save(_ task: FleetTask, over old: FleetTask, end: AttemptEnd? = nil, at time: Timestamp) throws -> FleetTask {
        var saved = task
        saved.revision = old.revision + 1
        let demands = task.demands
        try database.run(
            """
            UPDATE task SET name = ?, status = ?, attempt = ?, revision = ?, merged = ?, daemon = ?, urgency = ?,
                not_before = ?, share = ?, contract = ?, parent = ?, updated = ?, state = ?
            WHERE id = ?
            """,
            [
                task.name.stored, task.status.rawValue, task.attempt, saved.revision, task.isMerged,
                task.assignment?.daemon.rawValue, TaskRows.urgency(task), demands.notBefore?.stored ?? 0, demands.share,
                demands.contract, demands.parent?.rawValue, task.updatedAt.stored, try StoreDocument.encode(saved),
                task.id.rawValue,
            ]
        )
        if demands.dependencies != old.demands.dependencies { try writeDependencies(of: task) }
        if old.assignment != nil, task.assignment == nil {
            try close(AttemptKey(old.id, old.attempt), end ?? AttemptEnd(of: old, as: task), at: time)
        }
        if old.assignment != nil, task.assignment != nil, demands.keys != old.demands.keys { try holdKeys(of: task) }
        change.tasks.insert(task.id)
        if task.status != old.status || task.reason != old.reason || task.assignment?.daemon != old.assignment?.daemon {
            try note(task, at: time)
        }
        // What is in lists, and what others wait for.
        if task.name != old.name || demands != old.demands || task.isMerged != old.isMerged
            || task.standstill != old.standstill
        {
            change.isListChanged = true
        }
        return saved
    }

    /// Whoever has a task holds its keys.
    func holdKeys(of task: FleetTask) throws {
        try database.run("DELETE FROM held_key WHERE task = ?", [task.id.rawValue])
        for key in Set(task.demands.keys.map(\.name)) {
            try database.run("INSERT INTO held_key VALUES (?, ?)", [key, task.id.rawValue])
        }
    }

    /// Ends an attempt: its keys are free, and what the daemon was told about it need not be carried out any more.
    private func close(_ key: AttemptKey, _ end: AttemptEnd, at time: Timestamp) throws {
        let name: StatementArguments = [key.task.rawValue, key.attempt]
        try database.run(
            "UPDATE attempt SET ended = ?, end = ? WHERE task = ? AND attempt = ? AND ended IS NULL",
            [time.stored, try StoreDocument.encode(end)] + name
        )
        try database.run("DELETE FROM held_key WHERE task = ?", [key.task.rawValue])
        try database.run(
            """
            UPDATE command SET withdrawn = ?
            WHERE task = ? AND attempt = ? AND acknowledged IS NULL AND withdrawn IS NULL
            """,
            [time.stored] + name
        )
    }

    private func note(_ task: FleetTask, at time: Timestamp) throws {
        change.isListChanged = true
        let body = try StoreDocument.encode(StatusEntry(task))
        try append([NewEvent(.status, at: time, body: body)], to: task.id, attempt: task.attempt)
    }

    /// Returns the position of the last one.
    @discardableResult
    func append(_ events: [NewEvent], to id: TaskID, attempt: Int) throws -> Int {
        guard let row = try database.first("SELECT last FROM history WHERE task = ?", [id.rawValue]) else {
            throw StoreError.unknownTask(id)
        }
        var last: Int = row["last"]
        for event in events {
            last += 1
            try database.run(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)",
                [id.rawValue, last, attempt, event.kind.rawValue, event.at.stored, event.body.stored]
            )
        }
        guard !events.isEmpty else { return last }
        try database.run("UPDATE history SET last = ? WHERE task = ?", [last, id.rawValue])
        change.tasks.insert(id)
        return last
    }

    /// A command whose id is known stays as it is.
    func enqueue(_ command: NewCommand, at time: Timestamp) throws {
        try database.run(
            """
            INSERT INTO command (id, daemon, task, attempt, document, queued) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [
                command.id, command.daemon.rawValue, command.attempt?.task.rawValue, command.attempt?.attempt,
                command.document.stored, time.stored,
            ]
        )
        change.areCommandsQueued = true
    }
}

extension AttemptEnd {
    /// How an attempt ended whose daemon did not say so.
    fileprivate init(of old: FleetTask, as new: FleetTask) {
        if new.losses == old.losses, new.declines != old.declines, !new.declines.isEmpty {
            self = .declined
        } else {
            let isLost =
                new.losses > old.losses || !new.status.endsAttempt && new.reason?.waitsForContract != true
            self = isLost ? .lost : .stopped(new.status)
        }
    }
}
