import Domain
import Glibc
import Processes

extension SplitCloneProvider {
    package func lacksTree(_ site: WorkspaceSite) throws -> Bool {
        let layout = WorkspaceLayout(root: site.directory)
        do {
            try identity(try marker(of: site, layout), site, layout).verify()
            return false
        } catch WorkspaceError.treeGone, WorkspaceError.treeUnfinished {
            return true
        } catch WorkspaceError.treeReplaced(let path) {
            // An earlier call may have got so far.
            guard WorkspaceMarker.number(ofDirectory: path) != nil, try FileTree.isEmpty(path) else {
                throw WorkspaceError.treeReplaced(path: path)
            }
            return true
        }
    }

    package func remakeTree(of site: WorkspaceSite) async throws -> RemadeTree {
        let layout = WorkspaceLayout(root: site.directory)
        var marker = try marker(of: site, layout)
        try identity(marker, site, layout).verifyRest()
        // What is half made is nobody's; anything else was refused.
        if marker.isFilling, WorkspaceMarker.number(ofDirectory: layout.tree) == marker.treeNumber {
            try FileTree.remove(layout.tree)
        }
        // From its beginning the tree counts as half made, so that nobody takes a part of it for work.
        try FileTree.makeDirectories(layout.tree)
        marker.isFilling = true
        try marker.takeOver(layout)
        try layout.makeTree(isConfining: sandbox.isConfining)
        let workspace = try await find(site, marker)
        // These come first: what the checkpoint has of them holds.
        let problem = await copyIgnoredFiles(of: site, by: workspace)
        try await workspace.fillTree()
        marker.isFilling = false
        try marker.takeOver(layout)
        return RemadeTree(checkpoint: await workspace.latest.number, copyProblem: problem)
    }

    /// Returns what went wrong: the user's checkout may be another one by now, and the work is worth having without these.
    private func copyIgnoredFiles(of site: WorkspaceSite, by workspace: SplitCloneWorkspace) async -> String? {
        let copy = IgnoredFileCopy(
            main: workspace.main,
            patterns: site.repository.copyFiles,
            cap: limits.copyBytes
        )
        do {
            _ = try await copy.run(into: workspace.layout.tree)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension WorkspaceMarker {
    /// Makes what is at the places of `layout` the workspace from now on.
    mutating func takeOver(_ layout: WorkspaceLayout) throws(WorkspaceError) {
        let numbers = try layout.numbers()
        (treeNumber, rootNumber) = (numbers.tree, numbers.root)
        try write(to: layout.marker)
    }
}

extension WorkspaceLayout {
    /// The file numbers of the directories by which a workspace is known.
    func numbers() throws(WorkspaceError) -> (tree: UInt64, root: UInt64) {
        guard let tree = WorkspaceMarker.number(ofDirectory: tree), let root = WorkspaceMarker.number(behind: root)
        else { throw .treeGone(path: tree) }
        return (tree, root)
    }

    /// Makes the tree's directory with its way to the git directory.
    func makeTree(isConfining: Bool) throws(WorkspaceError) {
        try FileTree.makeDirectories(tree)
        if isConfining {
            try FileTree.makeDirectories("\(tree)/.git")
        } else {
            try FileTree.write(gitLink, to: "\(tree)/.git")
        }
    }

    /// Lets the tree lead to the git directory, where both were moved since.
    func mendGitLink() throws(WorkspaceError) {
        var status = stat()
        // An agent may have made a directory of it.
        guard lstat("\(tree)/.git", &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            try MainRepository.contents("\(tree)/.git") != gitLink
        else { return }
        try FileTree.write(gitLink, to: "\(tree)/.git")
    }

    private var gitLink: [UInt8] { Array("gitdir: \(agentGit)\n".utf8) }
}
