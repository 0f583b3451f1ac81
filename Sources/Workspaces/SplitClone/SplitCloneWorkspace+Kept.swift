import Domain
import Processes

/// What of the agent's git directory is nowhere else: its other branches, tags and stashes, and the commits that only a log
/// of a reference names.
extension SplitCloneWorkspace {
    /// Takes everything that the agent's references and their logs name over into the user's repository, as
    /// `refs/makima/kept/<task>`.
    func keepAgentRefs() async throws {
        let refs = try AgentRefs(of: layout.agentGit, main.objectFormat)
        guard refs.unreadable.isEmpty else {
            throw WorkspaceError.notDiscardable(.agentCommitsNotTaken(refs.unreadable.sorted()))
        }
        guard !refs.objects.isEmpty || !refs.logged.isEmpty else { return }
        let kept = try await takeIntoVault(refs)
        guard !kept.isEmpty else { return }
        try await importKept(kept)
    }

    private func takeIntoVault(_ refs: AgentRefs) async throws -> [CommitID] {
        let lines =
            refs.objects.sorted().map { "ref \($0)\n" }
            + refs.logged.subtracting(refs.objects).sorted().map { "log \($0)\n" }
        return try await turnstile.run {
            let records = try await shell.run(
                VaultShell.Job(
                    script: KeepingScript.keepObjects,
                    operation: "keep the agent's branches and stashes",
                    access: VaultAccess(agentGit: .read, vault: .write),
                    input: .bytes(Array(lines.joined().utf8))
                )
            )
            let answer = ScriptAnswer(records)
            let refused = answer.all("refused")
            guard refused.isEmpty else { throw WorkspaceError.notDiscardable(.agentCommitsNotTaken(refused)) }
            return answer.all("kept").compactMap(CommitID.init(rawValue:))
        }
    }
}
