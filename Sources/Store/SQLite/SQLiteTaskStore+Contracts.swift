package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func create(_ new: NewContract, key: RequestKey?, at time: Timestamp) async throws(StoreError)
        -> ContractCreation
    {
        let size = new.template.utf8.count
        guard size <= settings.mostDocumentBytes else {
            throw .tooLarge(what: "contract", bytes: size, limit: settings.mostDocumentBytes)
        }
        return try await write { turn in
            if let key, let answer = try turn.database.reply(to: key) {
                let id = try StoreDocument.decode(ContractID.self, from: answer, of: "request", key.value)
                guard let made = try ContractRows.fetch(id, in: turn.database) else {
                    throw StoreError.requestKeyReused(key.value)
                }
                return ContractCreation(made, isRepetition: true)
            }
            let saved = try turn.insert(new, at: time)
            if let key { try turn.keep(KeyedReply(key, try StoreDocument.encode(saved.id)), at: time) }
            return ContractCreation(saved, isRepetition: false)
        }
    }

    package func contract(_ id: ContractID) async throws(StoreError) -> Contract? {
        try await read { try ContractRows.fetch(id, in: $0) }
    }

    package func template(of id: ContractID) async throws(StoreError) -> String? {
        try await read { database in
            try database.first("SELECT template FROM contract_template WHERE contract = ?", [id.rawValue])?["template"]
        }
    }

    package func contracts(_ filter: ContractFilter, after cursor: ContractCursor?, limit: Int) async throws(StoreError)
        -> ContractPage
    {
        let wanted = (filter.statuses ?? Set(ContractStatus.allCases)).map(\.rawValue).sorted()
        var sql =
            "SELECT * FROM contract WHERE status IN (\(Array(repeating: "?", count: wanted.count).joined(separator: ", ")))"
        var arguments = StatementArguments(wanted)
        if let text = filter.text {
            sql += " AND (instr(lower(name), lower(?)) > 0 OR instr(id, lower(?)) = 1)"
            arguments += [text, text]
        }
        if let cursor {
            sql += " AND (created, id) < (?, ?)"
            arguments += [cursor.created.stored, cursor.id.rawValue]
        }
        sql += " ORDER BY created DESC, id DESC LIMIT ?"
        arguments += [limit + 1]
        return try await read { [sql, arguments] database in
            let rows = try database.all(sql, arguments)
            var page = ContractPage([])
            for row in rows.prefix(limit) {
                do {
                    page.contracts.append(try ContractRows.contract(row))
                } catch StoreError.damagedRow {
                    page.damaged.append(row["id"])
                }
            }
            if rows.count > limit, let last = rows.prefix(limit).last, let id = ContractID(rawValue: last["id"]) {
                page.next = ContractCursor(created: last.time("created"), id: id)
            }
            return page
        }
    }

    package func activeContracts() async throws(StoreError) -> [ContractID] {
        try await read { database in
            try database.all("SELECT id FROM contract WHERE active = 1 ORDER BY id")
                .compactMap { ContractID(rawValue: $0["id"]) }
        }
    }

    package func update(_ contract: Contract, notes: [ContractNote], at time: Timestamp) async throws(StoreError)
        -> ContractUpdate
    {
        try await write { turn in
            guard let stored = try ContractRows.fetch(contract.id, in: turn.database) else { return .unknown }
            guard stored.revision == contract.revision else { return .outdated(stored) }
            return .updated(try turn.save(contract, notes, at: time))
        }
    }

    package func timeline(of id: ContractID, after position: Int, limit: Int) async throws(StoreError)
        -> [ContractEvent]
    {
        try await read { database in
            try database.all(
                "SELECT * FROM contract_event WHERE contract = ? AND position > ? ORDER BY position LIMIT ?",
                [id.rawValue, position, limit]
            )
            .map { ContractEvent($0["position"], at: $0.time("at"), try ContractRows.note($0)) }
        }
    }

    package func timeline(of id: ContractID, before position: Int, limit: Int) async throws(StoreError)
        -> [ContractEvent]
    {
        try await read { database in
            try database.all(
                "SELECT * FROM contract_event WHERE contract = ? AND position < ? ORDER BY position DESC LIMIT ?",
                [id.rawValue, position, limit]
            )
            .map { ContractEvent($0["position"], at: $0.time("at"), try ContractRows.note($0)) }
        }
    }

    package func lastNote(of id: ContractID) async throws(StoreError) -> ContractNote? {
        try await read { database in
            try database.first(
                "SELECT * FROM contract_event WHERE contract = ? ORDER BY position DESC LIMIT 1",
                [id.rawValue]
            )
            .map(ContractRows.note)
        }
    }
}

/// Reading of whole contracts, within a transaction.
enum ContractRows {
    static func contract(_ row: Row) throws -> Contract {
        var contract = try StoreDocument.decode(Contract.self, from: row["state"], of: "contract", row["id"])
        contract.revision = row["revision"]
        return contract
    }

    static func note(_ row: Row) throws -> ContractNote {
        try StoreDocument.decode(ContractNote.self, from: row["note"], of: "contract_event", row["contract"])
    }

    static func fetch(_ id: ContractID, in database: Database) throws -> Contract? {
        try database.first("SELECT * FROM contract WHERE id = ?", [id.rawValue]).map(contract)
    }
}

extension StoreTurn {
    fileprivate func insert(_ new: NewContract, at time: Timestamp) throws -> Contract {
        let contract = new.contract
        let isNew = try database.run(
            """
            INSERT INTO contract (id, name, status, revision, active, created, updated, state)
            VALUES (?, ?, ?, 0, 1, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                contract.id.rawValue, contract.name.stored, contract.state.status.rawValue,
                contract.createdAt.stored, time.stored, try StoreDocument.encode(contract),
            ]
        )
        guard isNew == 1 else { throw StoreError.exists(kind: "contract", id: contract.id.rawValue) }
        try database.run("INSERT INTO contract_template VALUES (?, ?)", [contract.id.rawValue, new.template.stored])
        var first = contract
        first.revision = 0
        return try save(first, new.notes, at: time)
    }

    /// Keeps in their contracts what counts of tasks that are about to go; each contract is written once.
    func keepInContracts(_ ids: [TaskID]) throws {
        var tasks: [ContractID: [FleetTask]] = [:]
        for id in ids {
            guard let task = try TaskRows.fetch(id, in: database), let named = task.demands.contract,
                let owner = ContractID(rawValue: named)
            else { continue }
            tasks[owner, default: []].append(task)
        }
        for (owner, tasks) in tasks {
            do {
                guard var contract = try ContractRows.fetch(owner, in: database) else { continue }
                for task in tasks { contract.keep(task) }
                _ = try save(contract, [], at: contract.updatedAt)
            } catch StoreError.damagedRow {
                // Nobody can read it: its tasks need not stay for it.
            }
        }
    }

    fileprivate func save(_ contract: Contract, _ notes: [ContractNote], at time: Timestamp) throws -> Contract {
        var saved = contract
        saved.revision += 1
        try database.run(
            "UPDATE contract SET name = ?, status = ?, revision = ?, active = ?, updated = ?, state = ? WHERE id = ?",
            [
                saved.name.stored, saved.state.status.rawValue, saved.revision, saved.isActive,
                saved.updatedAt.stored, try StoreDocument.encode(saved), saved.id.rawValue,
            ]
        )
        let row = try database.first(
            "SELECT COALESCE(MAX(position), 0) AS last FROM contract_event WHERE contract = ?",
            [saved.id.rawValue]
        )
        var position: Int = row?["last"] ?? 0
        for note in notes {
            position += 1
            try database.run(
                "INSERT INTO contract_event VALUES (?, ?, ?, ?)",
                [saved.id.rawValue, position, time.stored, try StoreDocument.encode(note).stored]
            )
        }
        change.contracts.insert(saved.id)
        return saved
    }
}

extension Contract {
    /// Whether something may follow by itself.
    fileprivate var isActive: Bool {
        state.isOpen || !due.isEmpty || members.values.contains { $0.request != nil }
            || queues.values.contains { $0.batch != nil }
            // The ends of what has begun are still to be told.
            || members.values.contains { ($0.begun ?? 0) > ($0.ended ?? 0) }
    }
}
