package import Domain
import FoundationEssentials
import GRDB
package import Wire

extension DaemonJournal {
    /// The outbox, as it stands.
    package func outbox() async throws -> (made: Int, acknowledged: Int) {
        try await read {
            (try IdentityValue.made.number(in: $0), try IdentityValue.acknowledged.number(in: $0))
        }
    }

    /// Entries with numbers in `range`, in order: as many as have `limit` bytes together, and one at least.
    package func entries(_ range: Range<Int>, atMost limit: Int) async throws -> [(number: Int, frame: [UInt8])] {
        try await read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT number, frame FROM entry WHERE number >= ? AND number < ? ORDER BY number",
                arguments: [range.lowerBound, range.upperBound]
            )
            var found: [(number: Int, frame: [UInt8])] = []
            var bytes = 0
            while let row = try rows.next() {
                let frame: Data = row["frame"]
                bytes += frame.count
                if !found.isEmpty, bytes > limit { break }
                found.append((row["number"], Array(frame)))
            }
            return found
        }
    }

    /// Drops the entries up to `number`; attempts whose end was among them are closed.
    ///
    /// Returns whether any attempt was.
    @discardableResult
    package func acknowledge(upTo number: Int) async throws -> Bool {
        let (bytes, closed) = try await write("acknowledge") { database in
            guard number > (try IdentityValue.acknowledged.number(in: database)) else { return (0, false) }
            let bytes = try Int.fetchOne(
                database,
                sql: "SELECT sum(length(frame)) FROM entry WHERE number <= ?",
                arguments: [number]
            )
            try database.execute(sql: "DELETE FROM entry WHERE number <= ?", arguments: [number])
            try IdentityValue.acknowledged.write("\(number)", in: database)
            try database.execute(
                sql: """
                    UPDATE attempt SET phase = 'closed' WHERE phase = 'reported' AND NOT EXISTS (
                        SELECT 1 FROM entry WHERE entry.task = attempt.task AND entry.attempt = attempt.attempt)
                    """
            )
            return (bytes ?? 0, database.changesCount > 0)
        }
        notePending(-bytes)
        return closed
    }

    /// Begins a new outbox, called `token`: what is in the old one is dropped.
    package func beginAnew(_ token: String) async throws {
        try await write("begin anew") { database in
            for table in ["entry", "parcel"] { try database.execute(sql: "DELETE FROM \(table)") }
            try IdentityValue.outbox.write(token, in: database)
            try IdentityValue.made.write("0", in: database)
            try IdentityValue.acknowledged.write("0", in: database)
        }
        note(outbox: token)
    }

    /// The task and attempt of an entry that is still there.
    package func owner(ofEntry number: Int) async throws -> (TaskID, Int)? {
        try await read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT task, attempt FROM entry WHERE number = ?",
                arguments: [number]
            )
            guard let row, let task = TaskID(rawValue: row["task"]) else { return nil }
            return (task, row["attempt"])
        }
    }

    /// Enters a batch, whole or not at all; returns the number of the last entry that there is then, `nil` where the attempt is
    /// not the present one any more or the batch was entered before.
    package func enter(_ batch: OutboxBatch) async throws -> Int? {
        do {
            return try await enterOnce(batch)
        } catch is BatchRepeated {
            return nil
        }
    }

    private func enterOnce(_ batch: OutboxBatch) async throws -> Int? {
        let entered = try await write("enter") { database -> (last: Int, bytes: Int)? in
            guard var held = try HeldTask.fetch(batch.task, in: database), held.attempt == batch.attempt,
                held.phase == .working || held.phase == .ended
            else { return nil }
            try Self.mark(batch, in: database)
            var (last, bytes) = (try IdentityValue.made.number(in: database), 0)
            for message in batch.messages {
                last += 1
                held.sequence += 1
                let stamp = Stamp(number: last, task: batch.task, attempt: batch.attempt, sequence: held.sequence)
                let frame = Self.frame(message, stamp)
                bytes += frame.count
                try database.execute(
                    sql: "INSERT INTO entry (number, task, attempt, frame) VALUES (?, ?, ?, ?)",
                    arguments: [last, batch.task.rawValue, batch.attempt, Data(frame)]
                )
            }
            try IdentityValue.made.write("\(last)", in: database)
            if batch.isEnd { held.phase = .reported }
            try held.store(in: database)
            return (last, bytes)
        }
        guard let entered else { return nil }
        notePending(entered.bytes)
        return entered.last
    }

    /// Notes what becomes an entry; throws where any of it was noted before.
    private static func mark(_ batch: OutboxBatch, in database: Database) throws {
        let task = batch.task.rawValue
        for key in batch.keys {
            try database.execute(
                sql: "INSERT INTO derived (task, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [task, key]
            )
            guard database.changesCount == 1 else { throw BatchRepeated() }
        }
        if let piece = batch.piece {
            let taken = try Int.fetchOne(
                database,
                sql: "SELECT taken FROM spool WHERE task = ? AND spool = ?",
                arguments: [task, piece.spool]
            )
            guard taken ?? 0 == piece.range.lowerBound else { throw BatchRepeated() }
            try database.execute(
                sql: """
                    INSERT INTO spool (task, spool, taken) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET taken = excluded.taken
                    """,
                arguments: [task, piece.spool, piece.range.upperBound]
            )
        }
        switch batch.parcel {
        case .leave: break
        case .set(let parcel): try parcel.store(of: batch.task, in: database)
        case .remove: try database.execute(sql: "DELETE FROM parcel WHERE task = ?", arguments: [task])
        }
    }

    /// A message that cannot be sent is told of in its place: nothing may get stuck behind it.
    private static func frame(_ message: any DurableMessage, _ stamp: Stamp) -> [UInt8] {
        var stamped = message
        stamped.stamp = stamp
        do throws(WireError) {
            return try encode(stamped)
        } catch {
            return substitute(for: stamped, stamp, error)
        }
    }

    private static func encode(_ message: some DurableMessage) throws(WireError) -> [UInt8] {
        try Frame.encode(message)
    }

    private static func substitute(for message: any DurableMessage, _ stamp: Stamp, _ error: WireError) -> [UInt8] {
        let words = "A report could not be sent: \(error)".replacing("\0", with: "\u{FFFD}")
        do throws(WireError) {
            guard let complete = message as? TaskComplete else {
                var event = TaskEventReport()
                event.stamp = stamp
                event.event = "notice"
                event.code = "report_unsendable"
                event.text = words
                return try Frame.encode(event)
            }
            var end = TaskComplete()
            end.stamp = stamp
            end.at = complete.at
            end.status = complete.status
            end.reason.code = complete.reason.code
            end.reason.message = words
            end.standing.iterations = complete.standing.iterations
            end.standing.runs = complete.standing.runs
            return try Frame.encode(end)
        } catch {
            preconditionFailure("A message of makima's own cannot be encoded: \(error)")
        }
    }
}

/// The batch was entered before; its transaction is undone.
struct BatchRepeated: Error {}

/// What becomes entries of the outbox at once.
package struct OutboxBatch: Sendable {
    package var task: TaskID
    package var attempt: Int
    package var messages: [any DurableMessage] = []
    /// What of the task the messages tell, each once.
    package var keys: [String] = []
    /// The output that they hold.
    package var piece: Piece?
    package var parcel = ParcelChange.leave
    /// Whether nothing of the attempt follows.
    package var isEnd = false

    package init(_ task: TaskID, attempt: Int) {
        self.task = task
        self.attempt = attempt
    }

    /// A part of one file of output.
    package struct Piece: Hashable, Sendable {
        package var spool: String
        package var range: Range<Int>

        package init(_ spool: String, _ range: Range<Int>) {
            self.spool = spool
            self.range = range
        }
    }

    package enum ParcelChange: Sendable {
        case leave
        case set(Parcel)
        case remove
    }
}
