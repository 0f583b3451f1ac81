import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func restore(to number: Int, iteration: Int) async throws -> Restoration {
        try await turnstile.run {
            guard let target = memory.withLock({ $0.checkpoints[number] }) else {
                throw WorkspaceError.unknownCheckpoint(number)
            }
            let before = try await takeCheckpoint(.beforeRestore, iteration: iteration)
            try await write(target, operation: "restore checkpoint \(number)")
            let after = try await takeCheckpoint(.restored, iteration: iteration)
            return Restoration(before: before, after: after)
        }
    }

    /// Fills an empty tree with the files of the last checkpoint.
    func fillTree() async throws {
        try await turnstile.run {
            let last = memory.withLock(\.latest)
            try await write(last.commit, operation: "make the files of checkpoint \(last.number) anew")
        }
    }

    /// Makes the files those of a commit; whoever calls has the turnstile.
    private func write(_ target: CommitID, operation: String) async throws {
        memory.withLock { memory in
            memory.isIndexMoved = true
            memory.indexSettling = IndexSettling()
        }
        _ = try await shell.run(
            VaultShell.Job(
                script: VaultScript.restore,
                operation: operation,
                access: VaultAccess(tree: .write, agentGit: .read),
                variables: ["TARGET": target.rawValue],
                timeout: .seconds(3600)
            )
        )
    }

    func rebuildAgentGit() async throws {
        try await turnstile.run {
            let head = memory.withLock { $0.agentHead }
            try FileTree.remove(layout.agentGit)
            let writer = GitDirectoryWriter(main: main, layout: layout)
            try writer.writeAgentGit(branch: marker.branch, commit: nil, base: nil)
            _ = try await shell.run(
                VaultShell.Job(
                    script: VaultScript.rebuildAgentGit,
                    operation: "make the agent's git directory anew",
                    access: VaultAccess(tree: .read, agentGit: .write),
                    variables: ["COMMIT": head?.rawValue ?? "", "KNOWN": knownArguments]
                )
            )
            memory.withLock { $0.indexStamp = nil }
        }
    }

    func checkOut(_ commit: CommitID) async throws -> CleanCheckout {
        let checkout = WorkspaceLayout(root: try makeCheckoutDirectory(), vault: layout.vault)
        do {
            return try await fill(checkout, with: commit)
        } catch {
            // The first error explains more than one about cleaning up; `discard` removes what is left.
            try? FileTree.remove(checkout.root)
            throw error
        }
    }

    private func fill(_ checkout: WorkspaceLayout, with commit: CommitID) async throws -> CleanCheckout {
        try checkout.makeTree(isConfining: shell.sandbox.isConfining)
        try GitDirectoryWriter(main: main, layout: checkout)
            .writeAgentGit(branch: marker.branch, commit: nil, base: nil)
        let own = VaultShell(
            launcher: shell.launcher,
            sandbox: shell.sandbox,
            layout: checkout,
            objectBinds: shell.objectBinds,
            wallClock: shell.wallClock
        )
        let answer = ScriptAnswer(
            try await own.run(
                VaultShell.Job(
                    script: VaultScript.checkOut,
                    operation: "check out \(commit.short)",
                    access: VaultAccess(tree: .write, agentGit: .write, vault: .read),
                    variables: ["COMMIT": commit.rawValue, "KNOWN": knownArguments],
                    timeout: .seconds(3600)
                )
            )
        )
        guard let tree = answer.tree("tree") else {
            throw WorkspaceError.unreadableOutput(operation: "check out \(commit.short)")
        }
        let binds =
            shell.objectBinds + [
                SandboxProfile.Bind(checkout.tree, at: own.view.tree, writable: true),
                SandboxProfile.Bind(checkout.agentGit, at: own.view.agentGit, writable: true),
            ]
        return CleanCheckout(
            commit: commit,
            tree: tree,
            path: checkout.tree,
            binds: binds,
            workingDirectory: own.view.tree,
            root: checkout.root
        )
    }

    private func makeCheckoutDirectory() throws(WorkspaceError) -> String {
        try FileTree.makeDirectories(layout.checkouts)
        return try FileTree.makeTemporaryDirectory(in: layout.checkouts)
    }

    /// What a git directory that borrows from the user's repository has already.
    private var knownArguments: String {
        marker.base.map { "^\($0)" } ?? ""
    }
}
