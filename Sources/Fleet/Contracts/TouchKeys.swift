package import Domain

/// The keys by which tasks of a contract that may change the same paths are not at work at once.
///
/// Each pair has a key of its own; a task that may change everything has none.
package struct TouchKeys: Sendable {
    private let name: String
    private var keys: [TaskID: [ConcurrencyKey]] = [:]

    /// More keys a task has not: then all that touch something are at work one after the other.
    private static let most = 12

    package init(_ contract: Contract) {
        name = Self.prefix + contract.id.rawValue
        // What is merged is not gone on with.
        let touching = contract.members.filter { !$0.value.touches.isEmpty && !$0.value.isMerged }
            .sorted { $0.key.rawValue < $1.key.rawValue }
            .map { (key: $0.key, paths: TouchedPaths($0.value.touches)) }
        // One that overlaps with none is among them, and lets go of what it had.
        var pairs = Dictionary(uniqueKeysWithValues: touching.map { ($0.key, [ConcurrencyKey]()) })
        for (index, one) in touching.enumerated() {
            for other in touching.dropFirst(index + 1) where one.paths.mayOverlap(other.paths) {
                let key = ConcurrencyKey("\(name):\(one.key)-\(other.key)")
                pairs[one.key, default: []].append(key)
                pairs[other.key, default: []].append(key)
            }
        }
        guard pairs.values.contains(where: { $0.count > Self.most }) else {
            keys = pairs
            return
        }
        keys = Dictionary(uniqueKeysWithValues: touching.map { ($0.key, [ConcurrencyKey(name)]) })
    }

    package func of(_ task: TaskID) -> [ConcurrencyKey] { keys[task] ?? [] }

    /// One change of the keys of a task that is there.
    package struct Step: Hashable, Sendable {
        package var task: TaskID
        fileprivate var keepsOld: Bool
    }

    /// How tasks that are there come to their keys, one after the other.
    ///
    /// After each step, too, two that may change the same paths share a key: none lets go of an old one before all have the new ones.
    package func steps(for tasks: some Collection<TaskID>) -> [Step] {
        let own = tasks.filter { keys[$0] != nil }
        return [true, false].flatMap { keepsOld in own.map { Step(task: $0, keepsOld: keepsOld) } }
    }

    /// The keys of the task of a step after it, where it had these before.
    package func keys(after step: Step, _ known: [ConcurrencyKey]) -> [ConcurrencyKey] {
        let new = replacing(known, of: step.task)
        return step.keepsOld ? new + known.filter { !new.contains($0) } : new
    }

    /// The keys of a task with these in the place of those that it had before.
    package func replacing(_ known: [ConcurrencyKey], of task: TaskID) -> [ConcurrencyKey] {
        known.filter { $0.name != name && !$0.name.hasPrefix("\(name):") } + of(task)
    }

    /// Who keeps a task back as long as it is at work.
    private func rivals(of task: TaskID) -> [TaskID] {
        let own = Set(of(task))
        return keys.filter { $0.key != task && !own.isDisjoint(with: $0.value) }.map(\.key)
            .sorted { $0.rawValue < $1.rawValue }
    }

    private static let prefix = "touch:"

    /// Whether a key is one of these, of any contract.
    static func isOne(_ key: String) -> Bool { key.isOfContract(prefix) }
}

extension ContractMember {
    var isMerged: Bool {
        guard case .merged = merge else { return false }
        return true
    }
}

extension Contract {
    /// The key of which only so many of its tasks are at work.
    package var key: ConcurrencyKey { ConcurrencyKey(Self.keyPrefix + id.rawValue, limit: limits.maxAtOnce) }

    fileprivate static let keyPrefix = "contract:"

    static func isKey(_ key: String) -> Bool { key.isOfContract(keyPrefix) }
}

extension String {
    /// Whether the id of a contract follows; whatever people call their keys.
    fileprivate func isOfContract(_ prefix: String) -> Bool {
        hasPrefix(prefix) && ContractID(rawValue: String(dropFirst(prefix.count).prefix { $0 != ":" })) != nil
    }
}

extension TouchKeys {
    /// Tasks at work that keep a queued one back, because both may change the same paths.
    package func holders(of task: TaskID, in contract: Contract, _ view: ContractRules.View) -> [TaskID] {
        guard view.tasks[task]?.isQueued ?? (contract.members[task]?.request != nil) else { return [] }
        return rivals(of: task).filter { view.tasks[$0]?.assignment != nil }
    }
}
