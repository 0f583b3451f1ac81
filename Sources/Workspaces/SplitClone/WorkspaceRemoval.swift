import Glibc

/// The way in which a workspace goes, so that it can be gone on with wherever it was interrupted.
struct WorkspaceRemoval {
    let layout: WorkspaceLayout

    /// Everything of a workspace; the marker goes first: from then on it does not exist, however far the rest gets.
    var order: [String] {
        [layout.marker, layout.branchName, layout.checkouts, layout.tree, layout.agentGit, layout.vault]
    }

    /// Writes down that everything is in the repository, up to checkpoint `last`.
    ///
    /// It is on the disk before anything goes: what is left over afterwards is nobody's work.
    func announce(last: Int) throws(WorkspaceError) {
        try FileTree.write(Array("version 1\ncheckpoint \(last)\n".utf8), to: layout.removalNote)
        try synchronize(layout.removalNote)
        try synchronize(layout.root)
    }

    /// Removes everything, or what is left of it.
    func finish() throws(WorkspaceError) {
        for path in order { try FileTree.remove(path) }
    }

    /// The last checkpoint of a workspace that was removed, or whose removal was begun; `nil` of any other.
    func lastCheckpoint() throws(WorkspaceError) -> Int? {
        // The marker goes first: with it, the workspace has been in use since.
        guard !FileTree.exists(layout.marker) else { return nil }
        let lines = GitOutput.lines(try MainRepository.contents(layout.removalNote))
        guard lines.first == "version 1" else { return nil }
        return lines.dropFirst().first.flatMap { Int($0.dropFirst("checkpoint ".count)) }
    }

    private func synchronize(_ path: String) throws(WorkspaceError) {
        let file = try SystemCall.check("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0) }
        defer { close(file) }
        _ = try SystemCall.check("write", path) { fsync(file) }
    }
}
