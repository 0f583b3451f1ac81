import Domain
import Store

/// Reads what people have said and ordered, and what of it was told.
struct OrderHistory: Sendable {
    let store: any TaskStore

    /// So many are read at once.
    private static let page = 1000
    private static let kinds: Set<EventKind> = [.person, .note, .question]

    /// Those after the position `begin`.
    func events(of task: TaskID, after begin: Int = 0) async throws -> [FleetEvent] {
        var events: [FleetEvent] = []
        while true {
            let after = events.last?.position ?? begin
            let some = try await store.events(of: task, after: after, kinds: Self.kinds, limit: Self.page)
            events += some
            if some.count < Self.page { return events }
        }
    }

    /// The answers among what has happened that nobody has heard.
    func answers(of task: TaskID, _ events: [FleetEvent]) async throws -> [StandingAnswer] {
        let questions = try await store.questions(of: task)
        guard !questions.isEmpty else { return [] }
        return StandingAnswer.all(questions, try await store.attempts(of: task), events)
    }

    func talk(of task: TaskID) async throws -> StandingTalk {
        let events = try await events(of: task)
        return StandingTalk(StandingMessage.all(in: events), try await answers(of: task, events))
    }
}
