package import Domain
import Glibc
package import Processes

/// Makes workspaces as split private clones.
///
/// A tree and a git directory of its own, which borrows the objects of the user's repository and can only read them.
/// The two are joined inside the sandbox only, so that no git on the host can happen upon what an agent wrote.
package struct SplitCloneProvider: WorkspaceProvider {
    let launcher: any CommandLauncher
    let sandbox: any Sandbox
    let git: HostGit
    let wallClock: any WallClock
    let limits: WorkspaceLimits

    package init(
        git: HostGit,
        sandbox: any Sandbox,
        wallClock: any WallClock,
        limits: WorkspaceLimits = WorkspaceLimits()
    ) {
        launcher = git.launcher
        self.sandbox = sandbox
        self.git = git
        self.wallClock = wallClock
        self.limits = limits
    }

    package func create(_ site: WorkspaceSite) async throws -> CreatedWorkspace {
        let layout = WorkspaceLayout(root: site.directory)
        guard try WorkspaceMarker.read(layout.marker) == nil else {
            throw WorkspaceError.alreadyExists(path: layout.root)
        }
        if let last = try WorkspaceRemoval(layout: layout).lastCheckpoint() {
            throw WorkspaceError.removed(site.task, checkpoint: last)
        }
        return try await SplitCloneCreation(parts: parts(of: site, layout)).run()
    }

    package func open(_ site: WorkspaceSite) async throws -> any Workspace {
        let layout = WorkspaceLayout(root: site.directory)
        var marker = try marker(of: site, layout)
        let identity = identity(marker, site, layout)
        try identity.verify()
        let isCopied = identity.isCopied
        if isCopied || marker.rootNumber == nil { try marker.takeOver(layout) }
        if !marker.isConfined { try layout.mendGitLink() }
        let workspace = try await find(site, marker, wasCopied: isCopied)
        try await workspace.verify()
        return workspace
    }

    package func openDamaged(_ site: WorkspaceSite) async throws -> any Workspace {
        let layout = WorkspaceLayout(root: site.directory)
        let marker = try marker(of: site, layout)
        try identity(marker, site, layout).verify()
        return try await find(site, marker)
    }

    func identity(_ marker: WorkspaceMarker, _ site: WorkspaceSite, _ layout: WorkspaceLayout) -> WorkspaceIdentity {
        WorkspaceIdentity(marker: marker, site: site, layout: layout, isConfining: sandbox.isConfining)
    }

    func marker(of site: WorkspaceSite, _ layout: WorkspaceLayout) throws -> WorkspaceMarker {
        if let marker = try WorkspaceMarker.read(layout.marker) { return marker }
        if let last = try WorkspaceRemoval(layout: layout).lastCheckpoint() {
            throw WorkspaceError.removed(site.task, checkpoint: last)
        }
        throw WorkspaceError.broken(detail: "'\(layout.marker)' is missing")
    }

    func find(
        _ site: WorkspaceSite,
        _ marker: WorkspaceMarker,
        wasCopied: Bool = false
    ) async throws -> SplitCloneWorkspace {
        let layout = WorkspaceLayout(root: site.directory)
        let parts = try await parts(of: site, layout)
        // A removal that was begun and never got to the marker: what comes now may be in no repository.
        try FileTree.remove(layout.removalNote)
        // The read below mounts it, and the agent may have removed even the directory itself.
        try FileTree.makeDirectories(layout.agentGit)
        let memory = try await memory(of: parts, base: marker.base)
        return SplitCloneWorkspace(parts, marker: marker, memory: memory, wasCopied: wasCopied)
    }

    /// Where the checkpoints cannot be read, says so of the repository if it is that which lacks what they stand on.
    private func memory(of parts: WorkspaceParts, base: CommitID?) async throws -> VaultMemory {
        do {
            return try await VaultMemory.read(parts.shell, base: base)
        } catch WorkspaceError.baseMissing(let base, _) {
            throw WorkspaceError.baseMissing(base, repository: parts.main.path)
        }
    }

    package func removeRemains(of site: WorkspaceSite) async throws {
        try WorkspaceRemoval(layout: WorkspaceLayout(root: site.directory)).finish()
        do {
            try await MainRepository.discover(site.repository.path, git: git).unpin(site.task)
        } catch WorkspaceError.notARepository {
            // What was pinned is gone with it.
        }
    }

    package func ignoredFiles(of site: WorkspaceSite) async throws -> IgnoredFiles {
        let layout = WorkspaceLayout(root: site.directory)
        let paths = try await parts(of: site, layout).shell
            .run(
                VaultShell.Job(
                    script: VaultScript.ignoredFiles,
                    operation: "list ignored files",
                    access: VaultAccess(tree: .read, vault: .read),
                    arguments: IgnoredFiles.pathspecs
                )
            )
        return try IgnoredFiles(paths, in: layout.tree)
    }

    package func diff(in repository: RepositorySpec, from: CommitID, to: CommitID) async throws -> [UInt8] {
        let main = try await MainRepository.discover(repository.path, git: git)
        return try await main.run(
            [
                "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
                "--submodule=short", "--ignore-submodules=none", "--end-of-options", from.rawValue, to.rawValue, "--",
            ],
            to: "compare two checkpoints"
        )
    }

    func parts(of site: WorkspaceSite, _ layout: WorkspaceLayout) async throws -> WorkspaceParts {
        let main = try await MainRepository.discover(site.repository.path, git: git)
        let shell = VaultShell(
            launcher: launcher,
            sandbox: sandbox,
            layout: layout,
            objectBinds: try main.objectBinds(namedIn: layout.vault),
            wallClock: wallClock
        )
        return WorkspaceParts(site: site, main: main, shell: shell, limits: limits)
    }
}

/// How much a workspace may take over, in either direction.
package struct WorkspaceLimits: Hashable, Sendable {
    /// Bytes of new objects that one import may bring into the user's repository, compressed.
    ///
    /// Default: 4 GiB.
    package var importBytes: Int
    /// Bytes of new objects that one checkpoint may bring into the user's repository, compressed; one with more stays in the
    /// task's own store.
    ///
    /// Default: no such limit.
    package var checkpointBytes = Int.max
    /// Bytes of all ignored files together that are copied into a workspace.
    ///
    /// Default: 1 GiB.
    package var copyBytes: Int

    package init(importBytes: Int = 4 << 30, copyBytes: Int = 1 << 30) {
        self.importBytes = importBytes
        self.copyBytes = copyBytes
    }
}
