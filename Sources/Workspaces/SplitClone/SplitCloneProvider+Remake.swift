import Domain
import Processes

extension SplitCloneProvider {
    package func remakeTree(of site: WorkspaceSite) async throws -> Bool {
        let layout = WorkspaceLayout(root: site.directory)
        var marker = try marker(of: site, layout)
        do {
            try identity(marker, site, layout).verify()
            return false
        } catch .treeGone {
            // That is what is mended.
        } catch .treeReplaced(let path) {
            // An earlier call may have got so far.
            guard WorkspaceMarker.number(ofDirectory: path) != nil, try FileTree.isEmpty(path) else {
                throw WorkspaceError.treeReplaced(path: path)
            }
        }
        try identity(marker, site, layout).verifyRest()
        try await fill(site, &marker)
        return true
    }

    /// Until the marker says otherwise the tree counts as gone, so that nobody takes a half of it for work.
    private func fill(_ site: WorkspaceSite, _ marker: inout WorkspaceMarker) async throws {
        let layout = WorkspaceLayout(root: site.directory)
        if marker.isFilling { try FileTree.remove(layout.tree) }
        try layout.makeTree(isConfining: sandbox.isConfining)
        marker.isFilling = true
        try marker.takeOver(layout)
        let workspace = try await find(site, marker)
        try await workspace.fillTree()
        _ = try await IgnoredFileCopy(
            main: workspace.main,
            patterns: site.repository.copyFiles,
            cap: limits.copyBytes
        )
        .run(into: layout.tree)
        marker.isFilling = false
        try marker.takeOver(layout)
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
        guard let tree = WorkspaceMarker.number(ofDirectory: tree), let root = WorkspaceMarker.number(ofDirectory: root)
        else { throw .treeGone(path: tree) }
        return (tree, root)
    }

    /// Makes the tree's directory with its way to the git directory.
    func makeTree(isConfining: Bool) throws(WorkspaceError) {
        try FileTree.makeDirectories(tree)
        if isConfining {
            try FileTree.makeDirectories("\(tree)/.git")
        } else {
            try FileTree.write(Array("gitdir: \(agentGit)\n".utf8), to: "\(tree)/.git")
        }
    }
}
