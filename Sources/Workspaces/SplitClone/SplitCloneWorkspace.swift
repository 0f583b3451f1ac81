import Domain
import Processes
import Synchronization

/// A split private clone: see ``SplitCloneProvider``.
final class SplitCloneWorkspace: Workspace {
    let site: WorkspaceSite
    let main: MainRepository
    let shell: VaultShell
    let marker: WorkspaceMarker
    let wasCopied: Bool
    let limits: WorkspaceLimits
    let memory: Mutex<VaultMemory>
    /// For checkpoints; whoever uses it has the turnstile.
    let keeper: VaultKeeper
    /// For everything that writes the vault or the tree.
    let turnstile = Turnstile()
    /// For imports, which only read the vault and may go on beside a checkpoint.
    let importTurnstile = Turnstile()

    init(_ parts: WorkspaceParts, marker: WorkspaceMarker, memory: VaultMemory, wasCopied: Bool = false) {
        site = parts.site
        main = parts.main
        shell = parts.shell
        limits = parts.limits
        keeper = VaultKeeper(parts.shell, access: VaultAccess(tree: .read, agentGit: .read, vault: .write))
        self.marker = marker
        self.wasCopied = wasCopied
        self.memory = Mutex(memory)
    }

    var layout: WorkspaceLayout { shell.layout }

    private var identity: WorkspaceIdentity {
        WorkspaceIdentity(marker: marker, site: site, layout: layout, isConfining: shell.sandbox.isConfining)
    }

    var agentGit: AgentGitReader {
        AgentGitReader(directory: layout.agentGit, objectFormat: main.objectFormat)
    }

    var workingDirectory: String { shell.view.tree }

    var binds: [SandboxProfile.Bind] {
        shell.objectBinds + [
            SandboxProfile.Bind(layout.tree, at: shell.view.tree, writable: true),
            SandboxProfile.Bind(layout.agentGit, at: shell.view.agentGit, writable: true),
        ]
    }

    var latest: CheckpointPoint {
        get async { memory.withLock(\.latest) }
    }

    func verify() async throws {
        try identity.verify()
        if let damage = agentGit.damage() { throw WorkspaceError.agentGitDestroyed(detail: damage) }
        try agentGit.removeStaleLocks()
    }

    func close() async { await keeper.close() }
}
