package import Domain
package import Fleet
import GRDB

extension SQLiteTaskStore {
    package func reply(to key: RequestKey) async throws(StoreError) -> String? {
        try await read { try $0.reply(to: key) }
    }

    package func carryOut(_ effect: OrderEffect, at time: Timestamp) async throws(StoreError) -> EffectOutcome {
        try await write { turn in
            if let key = effect.reply?.key, let before = try turn.database.reply(to: key) { return .repeated(before) }
            guard let stored = try TaskRows.fetch(effect.task.id, in: turn.database) else { return .unknown }
            guard effect.isStillRight(for: stored) else { return .outdated(stored) }
            if let daemon = effect.command?.daemon {
                let row = try turn.database.first("SELECT 1 FROM daemon WHERE id = ?", [daemon.rawValue])
                guard row != nil else { throw StoreError.unknownDaemon(daemon) }
            }
            let changed = effect.changed?.keepingHandOver(of: stored)
            let saved = try changed.map { try turn.save($0, over: stored, at: time) } ?? stored
            try turn.append(effect.events, to: saved.id, attempt: saved.attempt)
            if let command = effect.command { try turn.enqueue(command, at: time) }
            if let reply = effect.reply { try turn.keep(reply, at: time) }
            return .done(saved)
        }
    }

    package func drain(
        _ id: DaemonID,
        _ isDraining: Bool,
        command: NewCommand?,
        reply: KeyedReply?,
        at time: Timestamp
    ) async throws(StoreError) -> DaemonRecord? {
        try await write { turn in
            if let reply, try turn.database.reply(to: reply.key) != nil {
                return try DaemonRows.fetch(id, in: turn.database)
            }
            guard let record = try turn.change(id, { $0.isDraining = isDraining }) else { return nil }
            if let command { try turn.enqueue(command, at: time) }
            if let reply { try turn.keep(reply, at: time) }
            return record
        }
    }
}

extension OrderEffect {
    fileprivate func isStillRight(for stored: FleetTask) -> Bool {
        if let changed, stored.revision != task.revision || changed.id != stored.id { return false }
        guard command != nil else { return true }
        return stored.attempt == task.attempt && stored.assignment?.daemon == task.assignment?.daemon
    }
}

extension Database {
    /// What a request with this key was answered.
    func reply(to key: RequestKey) throws -> String? {
        guard let row = try first("SELECT fingerprint, answer FROM request WHERE key = ?", [key.value]) else {
            return nil
        }
        guard row["fingerprint"] == Database.blob(key.fingerprint) else { throw StoreError.requestKeyReused(key.value) }
        return row["answer"]
    }
}

extension StoreTurn {
    func keep(_ reply: KeyedReply, at time: Timestamp) throws {
        try database.run(
            "INSERT INTO request VALUES (?, ?, ?, ?)",
            [reply.key.value, Database.blob(reply.key.fingerprint), reply.document.stored, time.stored]
        )
    }
}
