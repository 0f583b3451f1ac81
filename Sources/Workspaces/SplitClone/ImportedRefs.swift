import Domain

/// Which references an import moves, and which commits could lose their last name by that.
///
/// The references of a task may be another workspace's: that of an earlier attempt on this machine, or of another daemon
/// that works in the same repository.
struct ImportedRefs: Hashable, Sendable {
    var moves: [ImportedRef] = []
    /// What another workspace has named, and is to be kept under another name.
    var displaced: [CommitID] = []

    /// `existing` is what the repository has of the task, `wanted` what an import brings; `kept` of it has a name already
    /// since another workspace took its first one.
    init(_ wanted: [ImportedRef], over existing: [String: CommitID], kept: Set<CommitID> = []) {
        moves = wanted.filter { ref in
            guard let other = existing[ref.name] else { return true }
            return other != ref.commit && !kept.contains(ref.commit)
        }
        // The agent's head moves with every commit; it is another workspace's only where a checkpoint is.
        guard moves.contains(where: { !$0.isAgentHead && existing[$0.name] != nil }) else { return }
        displaced = Set(moves.compactMap { existing[$0.name] }).sorted { $0.rawValue < $1.rawValue }
    }

    /// Whether some of `wanted` has another commit's name.
    static func isContested(_ wanted: [ImportedRef], by existing: [String: CommitID]) -> Bool {
        wanted.contains { ref in
            !ref.isAgentHead && existing[ref.name].map { $0 != ref.commit } == true
        }
    }
}

/// A commit of the vault that is to have a name in the user's repository.
struct ImportedRef: Hashable, Sendable {
    /// In the vault.
    var source: String
    var commit: CommitID
    var name: String

    var isAgentHead: Bool { source == VaultRefs.agent }
    var refspec: String { "+\(source):\(name)" }
}
