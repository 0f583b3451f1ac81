import Domain
import Store

/// Reads what people have said and ordered, and what of it was told.
struct OrderHistory: Sendable {
    let store: any TaskStore

    /// So many are read at once.
    private static let page = 1000

    func events(of task: TaskID) async throws -> [FleetEvent] {
        var events: [FleetEvent] = []
        while true {
            let after = events.last?.position ?? 0
            let some = try await store.events(of: task, after: after, kinds: [.person, .note], limit: Self.page)
            events += some
            if some.count < Self.page { return events }
        }
    }

    func messages(of task: TaskID) async throws -> [StandingMessage] {
        StandingMessage.all(in: try await events(of: task))
    }
}
