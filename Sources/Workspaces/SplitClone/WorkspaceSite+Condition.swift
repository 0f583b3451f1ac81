package import Domain
import Glibc

/// What is on the disk where a task's workspace is, or should be.
package enum WorkspaceCondition: Hashable, Sendable {
    /// Nothing of one.
    case absent
    /// Its making was interrupted: no agent ever saw it, unless somebody removed its marker.
    case unfinished
    case intact
    /// It is not what was made.
    case broken(detail: String)
    /// Its removal was interrupted, after everything up to `checkpoint` was in the repository.
    case beingRemoved(checkpoint: Int)
    /// Everything up to `checkpoint` is in the repository.
    case removed(checkpoint: Int)
}

extension WorkspaceSite {
    /// Looks at the files only, starts nothing, changes nothing that an agent or a person made.
    package func condition() -> WorkspaceCondition {
        let layout = WorkspaceLayout(root: directory)
        do {
            if let marker = try WorkspaceMarker.read(layout.marker) {
                try WorkspaceIdentity(marker: marker, site: self, layout: layout, isConfining: marker.isConfined)
                    .verify()
                return .intact
            }
            let parts = [layout.tree, layout.agentGit, layout.vault]
            let isEmpty = !parts.contains(where: FileTree.exists)
            if let last = try WorkspaceRemoval(layout: layout).lastCheckpoint() {
                return isEmpty ? .removed(checkpoint: last) : .beingRemoved(checkpoint: last)
            }
            guard !isEmpty else { return .absent }
            guard !layout.hasCheckpoints else {
                return .broken(detail: "'\(layout.marker)' is missing, but there are checkpoints")
            }
            return .unfinished
        } catch {
            return .broken(detail: error.brokenness ?? error.description)
        }
    }

    /// The site of a workspace that no journal knows any more, as far as its own files tell; `nil` where they do not.
    package static func found(task: TaskID, in directory: String) -> WorkspaceSite? {
        let layout = WorkspaceLayout(root: directory)
        // What cannot be read tells nothing.
        guard let marker = try? WorkspaceMarker.read(layout.marker),
            let borrowed = try? MainRepository.contents("\(layout.vault)/objects/info/alternates"),
            let store = GitOutput.lines(borrowed).first, store.hasPrefix("/"), store.hasSuffix("/objects")
        else { return nil }
        let git = String(store.dropLast("/objects".count))
        let path = git.hasSuffix("/.git") ? String(git.dropLast("/.git".count)) : git
        let repository = RepositorySpec(path: path, base: marker.base)
        return WorkspaceSite(task: task, name: "found", repository: repository, directory: directory)
    }

    /// The git directory with the checkpoints, where there is a workspace.
    package var vaultPath: String { WorkspaceLayout(root: directory).vault }

    /// What the workspace takes of the disk lies at these places.
    package var workspacePaths: [String] { Self.paths(in: directory) }

    /// The same for the task's directory.
    package static func paths(in directory: String) -> [String] {
        WorkspaceRemoval(layout: WorkspaceLayout(root: directory)).order
    }
}
