/// What a task is for others.
package enum TaskRole: String, Hashable, Sendable, Codable, CaseIterable {
    case task
    /// Its agent leads other tasks, and its own work is not taken.
    case supervisor
    case orchestrator
}
