import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func importCheckpoints() async throws {
        try await importTurnstile.run { try await importNew() }
    }

    /// Imports what the user's repository does not have; the caller has the import turnstile.
    func importNew() async throws {
        let snapshot = memory.withLock { $0 }
        let numbers = snapshot.checkpoints.keys.filter { $0 > snapshot.importedUpTo }.sorted()
        guard let last = numbers.last else { return }
        var refs = numbers.map {
            "+refs/makima/checkpoints/\($0):\(PrivateRefs.checkpoint(site.task, $0))"
        }
        if snapshot.agentHead != nil { refs.append("+refs/heads/agent:\(PrivateRefs.agent(site.task))") }
        try await checkSize(
            of: [snapshot.latest.commit, snapshot.agentHead],
            known: [marker.base, snapshot.checkpoints[snapshot.importedUpTo]]
        )
        try await fetch(refs)
        memory.withLock { $0.importedUpTo = max($0.importedUpTo, last) }
    }

    /// Fetches from the vault.
    ///
    /// `git-upload-pack` runs in the sandbox and only reads; git on the host checks each object.
    func fetch(_ refspecs: [String]) async throws {
        let arguments = [
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--no-auto-maintenance", "--upload-pack=\(uploadPack)", "--", shell.view.vault,
        ]
        do {
            _ = try await main.run(
                arguments + refspecs,
                to: "import checkpoints",
                settings: [
                    ("protocol.file.allow", "always"), ("transfer.fsckObjects", "true"),
                    ("fetch.fsckObjects", "true"), ("fetch.writeCommitGraph", "false"), ("fetch.prune", "false"),
                ]
            )
        } catch WorkspaceError.gitFailed(_, _, let message) where message.contains("fsck error") {
            throw WorkspaceError.importRefused(.malformedObjects(message: message))
        }
    }

    /// Imports the commit that a branch is to have.
    func importResult(_ commit: CommitID) async throws {
        try await importTurnstile.run {
            try await checkSize(of: [commit], known: [marker.base])
            try await fetch(["+refs/makima/result:\(PrivateRefs.result(site.task))"])
        }
    }

    private func checkSize(of new: [CommitID?], known: [CommitID?]) async throws {
        func list(_ commits: [CommitID?]) -> String {
            commits.compactMap { $0?.rawValue }.joined(separator: " ")
        }
        let answer = ScriptAnswer(
            try await shell.run(
                VaultShell.Job(
                    script: VaultScript.measure,
                    operation: "measure the new objects",
                    access: VaultAccess(vault: .read),
                    variables: ["NEW": list(new), "KNOWN": list(known)]
                )
            )
        )
        guard let bytes = answer.all("bytes").last.flatMap({ Int($0) }) else {
            throw WorkspaceError.unreadableOutput(operation: "measure the new objects")
        }
        guard bytes <= limits.importBytes else {
            throw WorkspaceError.importRefused(.tooLarge(bytes: bytes, limit: limits.importBytes))
        }
    }

    /// The command line by which git on the host starts `git upload-pack` in the sandbox; git appends the path.
    private var uploadPack: String {
        let command = Command(
            "/bin/sh",
            ["-c", VaultScript.uploadPack, "makima"],
            environment: VaultShell.fixedEnvironment,
            directory: shell.view.vault
        )
        let confined = shell.confine(command, VaultAccess(vault: .read))
        let variables = confined.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (["/usr/bin/env", "-i"] + variables + [confined.program] + confined.arguments)
            .map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}
