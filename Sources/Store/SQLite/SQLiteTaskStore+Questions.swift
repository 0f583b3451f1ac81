package import Domain
import Fleet
import GRDB

extension SQLiteTaskStore {
    package func questions(of id: TaskID) async throws(StoreError) -> [QuestionEntry] {
        try await read { database in
            try database.all("SELECT * FROM question WHERE task = ? ORDER BY attempt, number", [id.rawValue])
                .map(Self.question)
        }
    }

    package func openQuestions(limit: Int) async throws(StoreError) -> [QuestionEntry] {
        try await read { database in
            try database.all(
                """
                SELECT question.* FROM question
                JOIN task ON task.id = question.task AND task.attempt = question.attempt
                WHERE question.answered IS NULL AND question.withdrawn = 0
                ORDER BY question.asked, question.task, question.number LIMIT ?
                """,
                [limit]
            )
            .map(Self.question)
        }
    }

    package func answer(
        _ question: QuestionKey,
        _ answer: QuestionEntry.Answer,
        events: [NewEvent],
        reply: KeyedReply?
    ) async throws(StoreError) -> AnswerOutcome {
        try await write { turn in
            if let reply, let before = try turn.database.reply(to: reply.key) { return .repeated(before) }
            let name: StatementArguments = [question.attempt.task.rawValue, question.attempt.attempt, question.number]
            let count = try turn.database.run(
                """
                UPDATE question SET answer = ?, author = ?, answered = ?
                WHERE task = ? AND attempt = ? AND number = ? AND answered IS NULL AND withdrawn = 0
                """,
                [answer.text.stored, answer.author.stored, answer.at.stored] + name
            )
            let sql = "SELECT * FROM question WHERE task = ? AND attempt = ? AND number = ?"
            guard let entry = try turn.database.first(sql, name).map(Self.question) else { return .unknown }
            guard count == 1 else { return .closedBefore(entry) }
            try turn.append(events, to: question.attempt.task, attempt: question.attempt.attempt)
            if let reply { try turn.keep(reply, at: answer.at) }
            turn.change.tasks.insert(question.attempt.task)
            return .answered(entry)
        }
    }

    private static func question(_ row: Row) throws -> QuestionEntry {
        guard let task = TaskID(rawValue: row["task"]) else {
            throw StoreError.damagedRow(table: "question", id: row["task"], message: "it names no task")
        }
        let key = QuestionKey(AttemptKey(task, row["attempt"]), row["number"])
        var entry = QuestionEntry(key, askedAt: row.time("asked"), document: row["document"])
        if let text = row["answer"] as String?, let author = row["author"] as String?,
            let time = row.optionalTime("answered")
        {
            entry.answer = QuestionEntry.Answer(text, by: author, at: time)
        }
        entry.isWithdrawn = row["withdrawn"]
        return entry
    }
}
