import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    @discardableResult
    func importCheckpoints() async throws -> [HeldBack] {
        try await importTurnstile.run { try await importNew() }
    }

    /// Imports what the user's repository does not have, and returns what of the rest is news; the caller has the import
    /// turnstile.
    ///
    /// A checkpoint that is too large alone stays in the vault, with a mark there; the others are imported all the same, and
    /// none that comes later stands on it. So does the agent's head, which what follows may bring in with less.
    func importNew() async throws -> [HeldBack] {
        let snapshot = memory.withLock { $0 }
        let plan = try await planImport(of: snapshot)
        guard !plan.numbers.isEmpty || !plan.heavy.isEmpty else { return [] }
        var wanted = plan.numbers.compactMap { number in
            snapshot.checkpoints[number]
                .map {
                    ImportedRef(
                        source: VaultRefs.checkpoint(number),
                        commit: $0,
                        name: PrivateRefs.checkpoint(site.task, number)
                    )
                }
        }
        if plan.takesAgentHead, let head = snapshot.agentHead {
            wanted.append(ImportedRef(source: VaultRefs.agent, commit: head, name: PrivateRefs.agent(site.task)))
        }
        try await take(wanted)
        let vault = VaultRefs(vault: layout.vault)
        for (number, commit) in plan.heavy { try vault.set(VaultRefs.heavy(number), to: commit) }
        memory.withLock { memory in
            memory.importedUpTo = max(memory.importedUpTo, plan.numbers.last ?? -1)
            memory.heavy.subtract(plan.numbers)
            memory.heavy.formUnion(plan.heavy.keys)
            memory.hasRetriedHeavy = true
            if !plan.numbers.isEmpty { memory.heavyHead = plan.takesAgentHead ? nil : plan.heavyHead }
        }
        return plan.news
    }

    /// What an import takes over, and what it leaves in the vault.
    private struct ImportPlan {
        var numbers: [Int]
        var takesAgentHead: Bool
        var heavy: [Int: CommitID] = [:]
        var heavyHead: CommitID?
        /// What a person is to know.
        var news: [HeldBack] = []
    }

    private func planImport(of snapshot: VaultMemory) async throws -> ImportPlan {
        let numbers = snapshot.checkpoints.keys
            .filter { $0 > snapshot.importedUpTo && !snapshot.heavy.contains($0) || isToRetry($0, snapshot) }.sorted()
        let known = [marker.base, snapshot.checkpoints[snapshot.importedUpTo]]
        let all = numbers.map { snapshot.checkpoints[$0] } + [snapshot.agentHead]
        guard !numbers.isEmpty else { return ImportPlan(numbers: [], takesAgentHead: false) }
        let bytes = try await size(of: all, known: known)
        guard bytes > limits.checkpointBytes else {
            try checkSize(bytes)
            return ImportPlan(numbers: numbers, takesAgentHead: snapshot.agentHead != nil)
        }
        return try await planImport(of: numbers, snapshot)
    }

    private func isToRetry(_ number: Int, _ snapshot: VaultMemory) -> Bool {
        snapshot.heavy.contains(number) && !snapshot.hasRetriedHeavy
    }

    /// Weighs each checkpoint alone.
    private func planImport(of numbers: [Int], _ snapshot: VaultMemory) async throws -> ImportPlan {
        var plan = ImportPlan(numbers: [], takesAgentHead: false)
        var known = [marker.base, snapshot.checkpoints[snapshot.importedUpTo]]
        var total = 0
        for number in numbers {
            guard let commit = snapshot.checkpoints[number] else { continue }
            let bytes = known.contains(commit) ? 0 : try await size(of: [commit], known: known)
            guard bytes <= limits.checkpointBytes else {
                plan.heavy[number] = commit
                let isNews = !snapshot.heavy.contains(number) || number == snapshot.latest.number
                if isNews { plan.news.append(held(.checkpoint(number), bytes)) }
                continue
            }
            total += bytes
            plan.numbers.append(number)
            if bytes > 0 { known.append(commit) }
        }
        try checkSize(total)
        if let head = snapshot.agentHead, !plan.numbers.isEmpty {
            let bytes = try await size(of: [head], known: known)
            plan.takesAgentHead = bytes <= limits.checkpointBytes
            if !plan.takesAgentHead {
                plan.heavyHead = head
                if head != snapshot.heavyHead { plan.news.append(held(.agentCommits(head), bytes)) }
            }
        }
        return plan
    }

    private func held(_ thing: HeldBack.Thing, _ bytes: Int) -> HeldBack {
        HeldBack(thing, bytes: bytes, limit: limits.checkpointBytes)
    }

    /// Everything that an import has left in the vault because it exceeds the limit.
    func heldBack() async throws -> [HeldBack] {
        let snapshot = memory.withLock { $0 }
        var things: [HeldBack] = []
        for number in snapshot.heavy.sorted() {
            let before = snapshot.checkpoints.keys.filter { $0 < number && !snapshot.heavy.contains($0) }.max()
            let known = [marker.base, before.flatMap { snapshot.checkpoints[$0] }]
            things.append(held(.checkpoint(number), try await size(of: [snapshot.checkpoints[number]], known: known)))
        }
        let imported = try await main.commit(PrivateRefs.agent(site.task))
        if let head = snapshot.agentHead, head != marker.base, head != imported {
            let bytes = try await size(of: [head], known: [marker.base, snapshot.lastLight.commit])
            if bytes > limits.checkpointBytes { things.append(held(.agentCommits(head), bytes)) }
        }
        return things
    }

    /// Fetches `refspecs`, which name `commits`, from the vault.
    ///
    /// `git-upload-pack` runs in the sandbox and only reads; git on the host checks each object. It ends alike whatever
    /// went wrong, so why is found out afterwards.
    ///
    /// Git looks at every worktree of the user's, and one that is being made or removed just then makes it fail. So it is
    /// tried anew, at once: by the time that another git and another sandbox have started, that is mostly over.
    func fetch(_ refspecs: [String], of commits: [CommitID?]) async throws {
        for _ in 1..<Self.fetchTries {
            do {
                return try await fetchOnce(refspecs, of: commits)
            } catch WorkspaceError.gitFailed {
                // The last one tells what is wrong.
                continue
            }
        }
        try await fetchOnce(refspecs, of: commits)
    }

    private func fetchOnce(_ refspecs: [String], of commits: [CommitID?]) async throws {
        try await main.withoutStaleLocks(of: site.task, at: shell.wallClock.now) {
            try await tryFetch(refspecs, of: commits)
        }
    }

    private static let fetchTries = 3

    private func tryFetch(_ refspecs: [String], of commits: [CommitID?]) async throws {
        let arguments = [
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--no-auto-maintenance", "--upload-pack=\(uploadPack)",
        ]
        // Else git offers every commit that the user's repository has, of all its branches and tasks.
        let tips = [marker.base?.rawValue, "\(PrivateRefs.checkpoints(site.task))*"].compactMap { $0 }
            .map { "--negotiation-tip=\($0)" }
        do {
            // A pack is held by a '.keep' until the references are written. Single objects are not: a 'git gc --prune=now' of the user's
            // that looked at the references just before would remove them.
            _ = try await main.run(
                arguments + tips + ["--", shell.view.vault] + refspecs,
                to: "import checkpoints",
                settings: [
                    ("protocol.file.allow", "always"), ("transfer.fsckObjects", "true"),
                    ("fetch.unpackLimit", "1"), ("fetch.fsckObjects", "true"),
                    ("fetch.writeCommitGraph", "false"), ("fetch.prune", "false"),
                ]
            )
        } catch let failure as WorkspaceError {
            guard case .gitFailed(_, _, let message) = failure, try await hasMalformedObjects(commits) else {
                throw failure
            }
            throw WorkspaceError.importRefused(.malformedObjects(message: message))
        }
    }

    /// Whether git's check of objects, and nothing else, refuses what the vault has of `commits` beyond the base.
    private func hasMalformedObjects(_ commits: [CommitID?]) async throws -> Bool {
        let result = try await shell.attempt(
            VaultShell.Job(
                script: Self.judgeObjects,
                operation: "check the new objects",
                access: VaultAccess(vault: .read),
                input: Self.revisions(commits, without: [marker.base])
            )
        )
        return result.status == .code(Self.malformed)
    }

    private static let malformed: Int32 = 3

    /// Indexes the same pack without the check of objects and with it: where only the latter fails, the objects are bad.
    private static let judgeObjects = """
        work=$(mktemp -d) || exit 1
        trap 'rm -rf "$work"' EXIT
        git rev-list --objects --no-object-names --stdin >"$work/list" || exit 1
        git pack-objects -q --stdout <"$work/list" >"$work/new.pack" || exit 1
        git index-pack -o "$work/new.idx" "$work/new.pack" >/dev/null || exit 1
        rm -f "$work/new.idx"
        git index-pack --strict -o "$work/new.idx" "$work/new.pack" >/dev/null || exit \(malformed)
        """

    /// Imports the commit that a branch is to have; it is held until ``dropImported()``.
    ///
    /// What the repository has already of it, as by the commit `target` that it stands on, is not weighed.
    func importResult(_ commit: CommitID, onto target: CommitID? = nil) async throws {
        try await importTurnstile.run {
            try await checkSize(of: [commit], known: [marker.base, target])
            if limits.checkpointBytes < limits.importBytes {
                _ = try await importNew()
                let bytes = try await size(of: [commit], known: [target] + inRepository)
                guard bytes <= limits.checkpointBytes else {
                    throw WorkspaceError.importRefused(.resultTooLarge(held(.result, bytes)))
                }
            }
            try await fetch(["+refs/makima/result:\(PrivateRefs.imported(site.task))"], of: [commit])
        }
    }

    /// Imports what was taken over from the agent's git directory.
    func importKept(_ objects: [CommitID]) async throws {
        try await importTurnstile.run {
            let bytes = try await size(of: objects, known: inRepository)
            guard bytes <= limits.checkpointBytes else {
                throw WorkspaceError.notDiscardable(.heldBack([held(.agentRefs, bytes)]))
            }
            try checkSize(bytes)
            try await fetch(["+refs/makima/kept/*:\(PrivateRefs.kept(site.task))*"], of: objects)
        }
    }

    /// What the user's repository has of the task, once it was imported.
    private var inRepository: [CommitID?] {
        let snapshot = memory.withLock { $0 }
        let head = snapshot.heavyHead == snapshot.agentHead ? nil : snapshot.agentHead
        return [marker.base, snapshot.checkpoints[snapshot.importedUpTo], head]
    }

    private func checkSize(of new: [CommitID?], known: [CommitID?]) async throws {
        try checkSize(try await size(of: new, known: known))
    }

    private func checkSize(_ bytes: Int) throws(WorkspaceError) {
        guard bytes <= limits.importBytes else {
            throw .importRefused(.tooLarge(bytes: bytes, limit: limits.importBytes))
        }
    }

    private func size(of new: [CommitID?], known: [CommitID?]) async throws -> Int {
        let answer = ScriptAnswer(
            try await shell.run(
                VaultShell.Job(
                    script: VaultScript.measure,
                    operation: "measure the new objects",
                    access: VaultAccess(vault: .read),
                    input: Self.revisions(new, without: known, treesToo: true)
                )
            )
        )
        guard let bytes = answer.all("bytes").last.flatMap({ Int($0) }) else {
            throw WorkspaceError.unreadableOutput(operation: "measure the new objects")
        }
        return bytes
    }

    /// What git is to look at, as it reads it from its standard input: there may be more than a command line holds.
    ///
    /// Of a known commit that is no ancestor git leaves out the files only where its tree is named.
    private static func revisions(
        _ new: [CommitID?],
        without known: [CommitID?],
        treesToo: Bool = false
    ) -> StandardInput {
        let commits = known.compactMap { $0.map { "^\($0)" } }
        let lines = new.compactMap { $0?.rawValue } + commits + (treesToo ? commits.map { "\($0)^{tree}" } : [])
        return .bytes(Array(lines.map { "\($0)\n" }.joined().utf8))
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
        let words = ["/usr/bin/env", "-i"] + variables + [confined.program] + confined.arguments
        return (Self.giving(confined.extraInput) + words).map(Self.quoted).joined(separator: " ")
    }

    /// The beginning of a command line that has the rest read `bytes` from ``Command/extraDescriptor``.
    ///
    /// A shell cannot hold a NUL, but print one. The command keeps its standard input, which is git's.
    private static func giving(_ bytes: [UInt8]?) -> [String] {
        guard let bytes else { return [] }
        let text = bytes.map { "\\0\(String($0, radix: 8))" }.joined()
        let number = Command.extraDescriptor
        let script = "exec 8<&0; printf %b '\(text)' | \"$@\" \(number)<&0 0<&8 8<&-"
        return ["/bin/sh", "-c", script, "makima"]
    }

    private static func quoted(_ word: String) -> String {
        "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}
