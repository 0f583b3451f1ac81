import Domain
import Processes

/// Names in the user's repository for what an import brings.
extension SplitCloneWorkspace {
    /// Brings `wanted` from the vault under their names; what another workspace of the task has named so keeps another name.
    ///
    /// Where two workspaces import in the same moment, one may take the name of what the other has just brought. That is in
    /// the other's vault then, and ``isNamed(_:as:)`` keeps it from being discarded.
    func take(_ wanted: [ImportedRef]) async throws {
        let existing = try await privateRefs()
        var kept: Set<CommitID> = []
        if ImportedRefs.isContested(wanted, by: existing) {
            kept = try await known(Set(wanted.map(\.commit)), below: existing.filter { isKept($0.key) }.values)
        }
        let refs = ImportedRefs(wanted, over: existing, kept: kept)
        guard !refs.moves.isEmpty else { return }
        try await keep(refs, existing)
        try await fetch(refs.moves.map(\.refspec), of: refs.moves.map(\.commit))
    }

    /// Names what loses its name, unless it is beneath what has another one.
    private func keep(_ refs: ImportedRefs, _ existing: [String: CommitID]) async throws {
        guard !refs.displaced.isEmpty else { return }
        let moved = Set(refs.moves.map(\.name))
        let left = existing.filter { !moved.contains($0.key) }.values
        let lost = try await independent(refs.displaced)
        let safe = try await known(Set(lost), below: left)
        let names = lost.filter { !safe.contains($0) }
            .map { "update \(PrivateRefs.kept(site.task))\($0) \($0)\n" }
        guard !names.isEmpty else { return }
        try await main.withoutStaleLocks(of: site.task, at: shell.wallClock.now) {
            _ = try await main.run(
                ["update-ref", "--stdin"],
                to: "keep checkpoints",
                input: .bytes(Array(names.joined().utf8))
            )
        }
    }

    private func isKept(_ name: String) -> Bool { name.hasPrefix(PrivateRefs.kept(site.task)) }

    /// What the user's repository has of the task, by its names.
    private func privateRefs() async throws -> [String: CommitID] {
        let output = try await main.run(
            [
                "for-each-ref", "--format=%(refname) %(objectname)", PrivateRefs.checkpoints(site.task),
                PrivateRefs.kept(site.task), PrivateRefs.agent(site.task),
            ],
            to: "list makima's refs"
        )
        return GitOutput.lines(output)
            .reduce(into: [:]) { refs, line in
                let parts = line.split(separator: " ")
                guard parts.count == 2, let commit = CommitID(rawValue: String(parts[1])) else { return }
                refs[String(parts[0])] = commit
            }
    }

    /// Those of `commits` that the user's repository has beneath one of `tips`.
    private func known(_ commits: Set<CommitID>, below tips: some Sequence<CommitID>) async throws -> Set<CommitID> {
        let tips = Set(tips)
        guard !tips.isEmpty else { return [] }
        let lines = tips.map { "^\($0)\n" } + commits.map { "\($0)\n" }
        // What is not there is nobody's.
        let output = try await main.run(
            ["rev-list", "--ignore-missing", "--stdin"],
            to: "look for what has a name",
            input: .bytes(Array(lines.joined().utf8))
        )
        let unnamed = Set(GitOutput.lines(output).compactMap(CommitID.init(rawValue:)))
        var found: Set<CommitID> = []
        for commit in commits.subtracting(unnamed) where try await main.tree(of: commit) != nil { found.insert(commit) }
        return found
    }

    /// Those that none of the others stands on.
    private func independent(_ commits: [CommitID]) async throws -> [CommitID] {
        var tips: [CommitID] = []
        for start in stride(from: 0, to: commits.count, by: Self.commitsAtOnce) {
            let some = tips + commits[start..<min(start + Self.commitsAtOnce, commits.count)]
            let output = try await main.run(
                ["merge-base", "--independent"] + some.map(\.rawValue),
                to: "find the last commits"
            )
            tips = GitOutput.lines(output).compactMap(CommitID.init(rawValue:))
        }
        return tips
    }

    /// So many stand in one command line.
    private static let commitsAtOnce = 500

    /// Whether the user's repository has `commit` under its name, or beneath one that it was given when another workspace
    /// of the task took that.
    func isNamed(_ commit: CommitID, as name: String) async throws -> Bool {
        if try await main.commit(name) == commit { return true }
        let kept = try await privateRefs().filter { isKept($0.key) }.values
        return try await known([commit], below: kept).contains(commit)
    }
}
