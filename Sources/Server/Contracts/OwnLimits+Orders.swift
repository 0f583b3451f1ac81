import Domain
import Fleet
import Store
import Wire

extension OwnLimits {
    /// As a task was made, and as people have changed it since, in the order of `events`.
    init(_ document: SpawnTask, _ events: [FleetEvent]) {
        self.init(
            maxIterations: document.autonomousLoop ? document.maxIterations : 1,
            budgets: document.budgets?.budgets ?? Budgets()
        )
        let changes = StandingOrders(events, attempt: 0).lasting
        maxIterations = changes.maxIterations ?? maxIterations
        budgets.maxCost = changes.budgets?.maxCostMicrodollars ?? budgets.maxCost
        budgets.maxTokens = changes.budgets?.maxTokens ?? budgets.maxTokens
        budgets.maxDuration = changes.budgets?.maxDurationMilliseconds ?? budgets.maxDuration
    }

    /// Of a task; `nil` where what was asked for cannot be read.
    static func read(of task: TaskID, in store: any TaskStore) async throws -> OwnLimits? {
        guard let text = try await store.document(of: task), let document = TaskDocument.read(text) else { return nil }
        return OwnLimits(document, try await OrderHistory(store: store).events(of: task))
    }
}
