package import Domain
import FoundationEssentials
import GRDB
package import Wire

extension DaemonJournal {
    /// What became of a command that came in.
    package enum Receipt: Hashable, Sendable {
        /// It is to be carried out.
        case new
        /// It came before, and is being carried out.
        case known
        case answered(CommandAnswer)
    }

    /// Writes a command down, with the attempt that begins with it, or with the answer that it is refused.
    package func receive(_ command: ToDaemon, slots: Int) async throws -> Receipt {
        guard let id = command.commandID else { return .known }
        let head = (command.content as? any TaskCommand)?.head
        let frame = try Frame.encode(command)
        return try await write("receive") { database in
            if let row = try Row.fetchOne(database, sql: "SELECT answer FROM command WHERE id = ?", arguments: [id]) {
                return try Self.answer(in: row).map(Receipt.answered) ?? .known
            }
            let task = head.flatMap { TaskID(rawValue: $0.taskId) }
            let facts = try Self.facts(about: task, slots: slots, in: database)
            var answer: CommandAnswer?
            switch Admission.judge(command, by: facts) {
            case .take(let begun): try begun?.store(in: database)
            case .refuse(let refusal): answer = CommandAnswer(id, head, refused: refusal)
            }
            try database.execute(
                sql: "INSERT INTO command (id, task, frame, answer) VALUES (?, ?, ?, ?)",
                arguments: [
                    id, command.lane, answer == nil ? Data(frame) : nil, try answer.map(Self.document),
                ]
            )
            return answer.map(Receipt.answered) ?? .new
        }
    }

    private static func facts(about task: TaskID?, slots: Int, in database: Database) throws -> Admission.Facts {
        Admission.Facts(
            own: try task.flatMap { try HeldTask.fetch($0, in: database) },
            slots: slots,
            taken: try HeldTask.fetchAll(in: database, \.takesSlot).count { $0.task != task },
            isDraining: try IdentityValue.draining.read(in: database) == "1"
        )
    }

    /// The lanes of commands that have no answer yet, in order.
    package func unansweredLanes() async throws -> [String] {
        try await read { database in
            try String.fetchAll(database, sql: "SELECT DISTINCT task FROM command WHERE answer IS NULL ORDER BY task")
        }
    }

    /// The first command of a lane that has no answer.
    package func nextCommand(of lane: String) async throws -> ToDaemon? {
        let frame = try await read { database in
            try Data.fetchOne(
                database,
                sql: """
                    SELECT frame FROM command WHERE task = ? AND answer IS NULL AND frame IS NOT NULL
                    ORDER BY position LIMIT 1
                    """,
                arguments: [lane]
            )
        }
        return try frame.map { try Frame.decode(Array($0), as: ToDaemon.self) }
    }

    /// Writes what came of a command, together with what it changes about its attempt; the first answer stays.
    package func answer(
        _ answer: CommandAnswer,
        changing key: HeldTask? = nil,
        _ body: @escaping @Sendable (inout HeldTask?) -> Void = { _ in }
    ) async throws {
        let document = try Self.document(answer)
        try await write("answer") { database in
            try database.execute(
                sql: "UPDATE command SET answer = ?, frame = NULL WHERE id = ? AND answer IS NULL",
                arguments: [document, answer.id]
            )
            try Self.dropOldAnswers(in: database)
            guard let key, let held = try HeldTask.fetch(key.task, in: database), held.attempt == key.attempt else {
                return
            }
            var changed: HeldTask? = held
            body(&changed)
            if let changed {
                try changed.store(in: database)
            } else {
                try database.execute(sql: "DELETE FROM attempt WHERE task = ?", arguments: [key.task.rawValue])
            }
        }
    }

    /// Writes what came of a command, together with the names of what the answer tells, so that the next attempt does not.
    package func answer(_ answer: CommandAnswer, telling keys: [String], of task: TaskID) async throws {
        let document = try Self.document(answer)
        try await write("answer") { database in
            try database.execute(
                sql: "UPDATE command SET answer = ?, frame = NULL WHERE id = ? AND answer IS NULL",
                arguments: [document, answer.id]
            )
            try Self.dropOldAnswers(in: database)
            for key in keys {
                try database.execute(
                    sql: "INSERT INTO derived (task, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    arguments: [task.rawValue, key]
                )
            }
        }
    }

    /// With `stopAt`, what still runs then is stopped, though the daemon may have ended meanwhile.
    package func setDraining(_ isDraining: Bool, stopAt: Timestamp? = nil, answer: CommandAnswer) async throws {
        let document = try Self.document(answer)
        try await write("drain") { database in
            try IdentityValue.draining.write(isDraining ? "1" : "0", in: database)
            let time = isDraining ? stopAt : nil
            try IdentityValue.stopAt.write(time.map { "\($0.millisecondsSince1970)" } ?? "", in: database)
            try database.execute(
                sql: "UPDATE command SET answer = ?, frame = NULL WHERE id = ?",
                arguments: [document, answer.id]
            )
        }
    }

    /// The answers to `ids`, as far as there are any.
    package func answers(to ids: [String]) async throws -> [CommandAnswer] {
        try await read { database in
            try ids.compactMap { id in
                try Row.fetchOne(database, sql: "SELECT answer FROM command WHERE id = ?", arguments: [id])
                    .flatMap(Self.answer)
            }
        }
    }

    private static func answer(in row: Row) throws -> CommandAnswer? {
        guard let document: Data = row["answer"] else { return nil }
        guard case .commandAnswer(let answer) = try Frame.decode(Array(document), as: ToServer.self) else { return nil }
        return answer
    }

    private static func document(_ answer: CommandAnswer) throws -> Data { Data(try Frame.encode(answer)) }

    /// A server asks again for an answer that it has not got, and for no other.
    private static func dropOldAnswers(in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM command WHERE answer IS NOT NULL
                    AND position <= (SELECT max(position) FROM command) - \(keptAnswers)
                """
        )
    }

    private static let keptAnswers = 10_000
}

extension ToDaemon {
    /// In which line the command waits: that of its task, or that of its merges; the others have an empty name.
    ///
    /// No name of a task has a colon.
    var lane: String {
        switch self {
        case .mergeTasks(let merge): Self.lane(ofMerges: merge.lane)
        case .mergePart(let part): Self.lane(ofMerges: part.lane)
        default: (content as? any TaskCommand)?.head.taskId ?? ""
        }
    }

    static func lane(ofMerges lane: String) -> String { "merge:\(lane)" }
}

extension CommandAnswer {
    package init(_ id: String, _ head: CommandHead?, _ outcome: CommandOutcome = .done) {
        self.init()
        self.id = id
        self.outcome = outcome
        taskId = head?.taskId
        attempt = head?.attempt
    }

    init(_ id: String, _ head: CommandHead?, refused refusal: Refusal) {
        self.init(id, head, .refused)
        code = refusal.code
        message = refusal.sentence.replacing("\0", with: "\u{FFFD}")
    }
}
