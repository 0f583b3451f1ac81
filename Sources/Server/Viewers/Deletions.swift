import Domain

/// The last tasks that were deleted: nothing is read of them from the store any more.
struct Deletions: Hashable, Sendable {
    static let most = 1000

    private var tasks: [TaskID] = []
    /// Of the first of ``tasks``.
    private var first = 0

    /// Of the next one.
    var next: Int { first + tasks.count }

    mutating func add(_ deleted: Set<TaskID>) {
        tasks += deleted.sorted { $0.rawValue < $1.rawValue }
        let surplus = tasks.count - Self.most
        guard surplus > 0 else { return }
        tasks.removeFirst(surplus)
        first += surplus
    }

    /// Those from `number` on, as far as they are known still.
    func since(_ number: Int) -> [TaskID] { Array(tasks.dropFirst(max(0, number - first))) }
}
