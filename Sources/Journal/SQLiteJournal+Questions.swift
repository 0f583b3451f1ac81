package import Domain
import GRDB

extension SQLiteJournal {
    package func questions(of id: TaskID) async throws -> [TaskQuestion] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM question WHERE task = ? ORDER BY number",
                arguments: [id.rawValue]
            )
            .compactMap(Self.question)
        }
    }

    package func ask(
        _ request: PermissionRequest,
        in iteration: Int,
        at time: Timestamp,
        of id: TaskID
    ) async throws -> Int {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO question (task, iteration, asked, document, request) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    id.rawValue, iteration, time.millisecondsSince1970,
                    try Document.encode(TaskQuestion.asking(request)), try Document.encode(request),
                ]
            )
            return Int(database.lastInsertedRowID)
        }
    }

    package func answer(_ number: Int, of id: TaskID, _ answer: TaskQuestion.Answer) async throws -> Bool {
        try await write { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT * FROM question WHERE number = ? AND task = ? AND answer IS NULL",
                arguments: [number, id.rawValue]
            )
            guard let question = row.flatMap(Self.question) else { return false }
            try database.execute(
                sql: "UPDATE question SET answer = ? WHERE number = ?",
                arguments: [try Document.encode(answer), number]
            )
            guard answer.source != .withdrawn else { return true }
            try database.execute(
                sql: "INSERT INTO message (task, sent, text, answers) VALUES (?, ?, ?, ?)",
                arguments: [id.rawValue, answer.at.millisecondsSince1970, question.message(answer), number]
            )
            return true
        }
    }

    /// Does nothing where the iteration's question is known.
    static func ask(
        _ asked: AskedQuestion,
        in iteration: Int,
        at time: Timestamp,
        of id: TaskID,
        in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO question (task, iteration, asked, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
            arguments: [id.rawValue, iteration, time.millisecondsSince1970, try Document.encode(asked)]
        )
    }

    /// `nil` for a question that cannot be read: the task's reason has its words.
    private static func question(_ row: Row) -> TaskQuestion? {
        let document: String = row["document"]
        let answer: String? = row["answer"]
        // As above: no question.
        guard let asked = try? Document.decode(AskedQuestion.self, from: document) else { return nil }
        var question = TaskQuestion(
            number: row["number"],
            asked: asked,
            iteration: row["iteration"],
            askedAt: Timestamp(millisecondsSince1970: row["asked"]),
            // An answer that cannot be read is none: it is asked once more.
            answer: answer.flatMap { try? Document.decode(TaskQuestion.Answer.self, from: $0) }
        )
        let request: String? = row["request"]
        if let request {
            // What would be allowed is unknown: nothing.
            guard let wish = try? Document.decode(PermissionRequest.self, from: request) else { return nil }
            question.permission = wish
        }
        return question
    }
}
