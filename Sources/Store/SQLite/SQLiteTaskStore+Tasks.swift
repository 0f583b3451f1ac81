package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func create(_ tasks: [NewTask], key: RequestKey?, at time: Timestamp) async throws(StoreError) -> Creation {
        for new in tasks where new.document.utf8.count > settings.mostDocumentBytes {
            throw .tooLarge(what: "task", bytes: new.document.utf8.count, limit: settings.mostDocumentBytes)
        }
        return try await write { turn in
            if let key, let before = try turn.creation(key) { return before }
            try turn.checkDependencies(of: tasks.map(\.task))
            for new in tasks { try turn.insert(new) }
            if let key {
                try turn.keep(KeyedReply(key, try StoreDocument.encode(tasks.map(\.task.id))), at: time)
            }
            return Creation(
                tasks: try tasks.compactMap { try TaskRows.fetch($0.task.id, in: turn.database) },
                isRepetition: false
            )
        }
    }

    package func task(_ id: TaskID) async throws(StoreError) -> FleetTask? {
        try await read { try TaskRows.fetch(id, in: $0) }
    }

    package func document(of id: TaskID) async throws(StoreError) -> String? {
        try await read { database in
            try database.first("SELECT document FROM task_document WHERE task = ?", [id.rawValue])?["document"]
        }
    }

    package func tasks(_ filter: TaskFilter, after cursor: PageCursor?, limit: Int) async throws(StoreError) -> TaskPage
    {
        let query = TaskQuery(filter, after: cursor, limit: limit)
        return try await read { database in
            var page = TaskPage(tasks: [], next: nil)
            let rows = try Row.fetchAll(database, sql: query.sql, arguments: query.arguments)
            for row in rows.prefix(limit) {
                do {
                    page.tasks.append(try TaskRows.task(row))
                } catch StoreError.damagedRow {
                    page.damaged.append(row["id"])
                }
            }
            if rows.count > limit, let last = page.tasks.last { page.next = PageCursor(last) }
            return page
        }
    }

    package func changed(since time: Timestamp, after id: TaskID?, limit: Int) async throws(StoreError) -> [FleetTask] {
        try await read { database in
            let sql = "\(TaskRows.select) WHERE (task.updated, task.id) > (?, ?) ORDER BY task.updated, task.id LIMIT ?"
            let rows = try database.all(sql, [time.stored, id?.rawValue ?? "", limit])
            return rows.compactMap { row in
                do {
                    return try TaskRows.task(row)
                } catch { return nil }
            }
        }
    }

    package func counts() async throws(StoreError) -> [TaskStatus: Int] {
        try await read { database in
            let rows = try database.all("SELECT status, COUNT(*) AS count FROM task GROUP BY status")
            return rows.reduce(into: [:]) { counts, row in
                if let status = TaskStatus(wireName: row["status"]) { counts[status] = row["count"] }
            }
        }
    }

    package func parents(of id: TaskID) async throws(StoreError) -> [TaskID: ParentState] {
        try await read { database in
            let rows = try database.all(
                """
                SELECT parent.id, parent.status, parent.merged FROM dependency
                JOIN task AS parent ON parent.id = dependency.parent WHERE dependency.task = ?
                """,
                [id.rawValue]
            )
            return rows.reduce(into: [:]) { parents, row in
                guard let id = TaskID(rawValue: row["id"]), let status = TaskStatus(wireName: row["status"]) else {
                    return
                }
                parents[id] = ParentState(status, isMerged: row["merged"])
            }
        }
    }

    package func dependents(of id: TaskID) async throws(StoreError) -> [TaskID] {
        try await read { database in
            try database.all("SELECT DISTINCT task FROM dependency WHERE parent = ? ORDER BY task", [id.rawValue])
                .compactMap { TaskID(rawValue: $0["task"]) }
        }
    }

    package func attempts(of id: TaskID) async throws(StoreError) -> [AttemptRecord] {
        try await read { database in
            try database.all("SELECT * FROM attempt WHERE task = ? ORDER BY attempt", [id.rawValue])
                .map { row in
                    var record = AttemptRecord(
                        attempt: row["attempt"],
                        daemon: try DaemonRows.id(row["daemon"]),
                        session: row["session"],
                        since: row.time("since")
                    )
                    record.endedAt = row.optionalTime("ended")
                    record.end = try (row["end"] as String?)
                        .map { try StoreDocument.decode(AttemptEnd.self, from: $0, of: "attempt", id.rawValue) }
                    return record
                }
        }
    }

    package func update(
        _ task: FleetTask,
        expecting: TaskExpectation,
        commands: [NewCommand],
        at time: Timestamp
    ) async throws(StoreError) -> UpdateOutcome {
        try await write { turn in
            guard let stored = try TaskRows.fetch(task.id, in: turn.database) else { return .unknown }
            guard TaskExpectation(stored) == expecting, stored.revision == task.revision else {
                return .outdated(stored)
            }
            let task = task.keepingHandOver(of: stored)
            if task.demands.dependencies != stored.demands.dependencies { try turn.checkDependencies(of: [task]) }
            let saved = try turn.save(task, over: stored, at: time)
            for command in commands { try turn.enqueue(command, at: time) }
            return .updated(saved)
        }
    }

    package func delete(_ id: TaskID) async throws(StoreError) -> DeletionOutcome {
        try await write { turn in
            guard let row = try turn.database.first("SELECT daemon FROM task WHERE id = ?", [id.rawValue]) else {
                return .unknown
            }
            if row["daemon"] as String? != nil { return .assigned(try DaemonRows.id(row["daemon"])) }
            let needing = try turn.database
                .all(
                    """
                    SELECT DISTINCT task.id FROM dependency JOIN task ON task.id = dependency.task
                    WHERE dependency.parent = ? AND task.status <> 'done' ORDER BY task.id
                    """,
                    [id.rawValue]
                )
                .compactMap { TaskID(rawValue: $0["id"]) }
            if !needing.isEmpty { return .needed(needing) }
            try turn.keepInContracts([id])
            try turn.database.run("DELETE FROM task WHERE id = ?", [id.rawValue])
            try turn.database.run("DELETE FROM command WHERE task = ?", [id.rawValue])
            turn.change.tasks.insert(id)
            turn.change.deleted.insert(id)
            turn.change.isListChanged = true
            return .deleted
        }
    }
}

extension FleetTask {
    /// Only an assignment hands a task out, and nothing turns an attempt into another daemon's.
    func keepingHandOver(of stored: FleetTask) -> FleetTask {
        var kept = self
        kept.attempt = stored.attempt
        guard let assignment, var handOver = stored.assignment else {
            kept.assignment = nil
            return kept
        }
        handOver.isAccepted = assignment.isAccepted
        kept.assignment = handOver
        return kept
    }
}

extension StoreTurn {
    /// What a request with the same key has made.
    fileprivate func creation(_ key: RequestKey) throws -> Creation? {
        guard let answer = try database.reply(to: key) else { return nil }
        let ids = try StoreDocument.decode([TaskID].self, from: answer, of: "request", key.value)
        return Creation(tasks: try ids.compactMap { try TaskRows.fetch($0, in: database) }, isRepetition: true)
    }

    /// Throws where tasks depend on what is not there, or on each other.
    fileprivate func checkDependencies(of tasks: [FleetTask]) throws {
        let new = Set(tasks.map(\.id))
        var added: [TaskID: [TaskID]] = [:]
        for task in tasks {
            for parent in task.demands.dependencies.map(\.task) where !new.contains(parent) {
                guard try database.first("SELECT 1 FROM task WHERE id = ?", [parent.rawValue]) != nil else {
                    throw StoreError.unknownParent(task: task.id, parent: parent)
                }
            }
            added[task.id] = task.demands.dependencies.map(\.task)
        }
        guard added.values.contains(where: { !$0.isEmpty }) else { return }
        let circle = Schedule.cycle(adding: added, to: try knownDependencies())
        if let circle { throw StoreError.circularDependencies(circle) }
    }

    private func knownDependencies() throws -> [TaskID: [TaskID]] {
        try database.all("SELECT task, parent FROM dependency")
            .reduce(into: [:]) { known, row in
                guard let task = TaskID(rawValue: row["task"]), let parent = TaskID(rawValue: row["parent"]) else {
                    return
                }
                known[task, default: []].append(parent)
            }
    }
}

/// The statement that finds a page of tasks, and one more.
private struct TaskQuery: Sendable {
    var sql = "\(TaskRows.select) WHERE TRUE"
    var arguments = StatementArguments()

    init(_ filter: TaskFilter, after cursor: PageCursor?, limit: Int) {
        if let statuses = filter.statuses {
            let places = Array(repeating: "?", count: statuses.count).joined(separator: ", ")
            narrow("task.status IN (\(places))", StatementArguments(statuses.map(\.rawValue).sorted()))
        }
        if let contract = filter.contract { narrow("task.contract = ?", [contract]) }
        if let parent = filter.parent { narrow("task.parent = ?", [parent.rawValue]) }
        if let daemon = filter.daemon { narrow("task.daemon = ?", [daemon.rawValue]) }
        if let text = filter.text {
            narrow("(instr(lower(task.name), lower(?)) > 0 OR instr(task.id, lower(?)) = 1)", [text, text])
        }
        if let time = filter.changedSince { narrow("task.updated >= ?", [time.stored]) }
        if let cursor {
            narrow("(task.created, task.id) < (?, ?)", [cursor.created.stored, cursor.id.rawValue])
        }
        sql += " ORDER BY task.created DESC, task.id DESC LIMIT ?"
        arguments += [limit + 1]
    }

    private mutating func narrow(_ condition: String, _ values: StatementArguments) {
        sql += " AND \(condition)"
        arguments += values
    }
}
