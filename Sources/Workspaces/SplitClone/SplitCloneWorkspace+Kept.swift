import Domain
import Processes

/// What of the agent's git directory is nowhere else: its other branches, tags and stashes.
extension SplitCloneWorkspace {
    /// Takes everything that the agent's references name over into the user's repository, as `refs/makima/kept/<task>`.
    func keepAgentRefs() async throws {
        let refs = try AgentRefs(of: layout.agentGit, main.objectFormat)
        guard refs.unreadable.isEmpty else {
            throw WorkspaceError.notDiscardable(.agentCommitsNotTaken(refs.unreadable.sorted()))
        }
        guard !refs.objects.isEmpty else { return }
        let kept = try await takeIntoVault(refs.objects.sorted())
        guard !kept.isEmpty else { return }
        try await importKept(kept)
    }

    private func takeIntoVault(_ objects: [String]) async throws -> [CommitID] {
        try await turnstile.run {
            let records = try await shell.run(
                VaultShell.Job(
                    script: VaultScript.keepObjects,
                    operation: "keep the agent's branches and stashes",
                    access: VaultAccess(agentGit: .read, vault: .write),
                    input: .bytes(Array((objects.joined(separator: "\n") + "\n").utf8))
                )
            )
            let answer = ScriptAnswer(records)
            let refused = answer.all("refused")
            guard refused.isEmpty else { throw WorkspaceError.notDiscardable(.agentCommitsNotTaken(refused)) }
            return answer.all("kept").compactMap(CommitID.init(rawValue:))
        }
    }
}
