package import Domain
import Glibc
import Processes

/// Takes the work of tasks out of a repository, and into one.
package struct WorkTransfer: Sendable {
    private let git: HostGit
    private let repository: String

    package init(git: HostGit, repository: String) {
        self.git = git
        self.repository = repository
    }

    /// Whether a checkpoint is in the repository.
    package func has(_ checkpoint: Checkpoint, of task: TaskID) async throws -> Bool {
        let main = try await MainRepository.discover(repository, git: git)
        return try await main.commit(PrivateRefs.checkpoint(task, checkpoint.number)) == checkpoint.commit
    }

    /// Writes a checkpoint that is in the repository into a bundle.
    package func bundle(_ checkpoint: Int, of task: TaskID, since base: CommitID, to path: String) async throws {
        let main = try await MainRepository.discover(repository, git: git)
        _ = try await main.run(
            ["bundle", "create", "--quiet", path, PrivateRefs.checkpoint(task, checkpoint), "^\(base)"],
            to: "write the work into a bundle"
        )
    }

    /// Lets the workspace of `task`, when it is made, have the files that the bundle holds.
    package func takeBundle(_ path: String, since base: CommitID, for task: TaskID) async throws {
        try await takeBundle(path, since: base, as: PrivateRefs.start(task))
    }

    /// Gives work that came from elsewhere the name `reference`; `room` is a directory for temporary files.
    func take(_ work: SentWork, as reference: String, room: String) async throws {
        switch work.form {
        case .bundle: try await takeBundle(work.path, since: work.base, as: reference)
        case .patch: try await takePatch(work.path, since: work.base, as: reference, index: "\(room)/index-sent")
        }
    }

    private func takeBundle(_ path: String, since base: CommitID, as reference: String) async throws {
        let main = try await MainRepository.discover(repository, git: git)
        let heads = GitOutput.lines(
            try await main.run(["bundle", "list-heads", path], to: "look into the bundle")
        )
        let names = heads.compactMap { $0.split(separator: " ").last.map(String.init) }
        guard names.count == 1, let name = names.first, name.hasPrefix("refs/"), !name.contains(":") else {
            throw WorkspaceError.unreadableOutput(operation: "look into the bundle: it holds \(names.count) references")
        }
        _ = try await main.run(
            [
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
                "--no-auto-maintenance", "--", path, "+\(name):\(reference)",
            ],
            to: "take the work in",
            settings: [
                ("protocol.file.allow", "always"), ("transfer.fsckObjects", "true"), ("fetch.unpackLimit", "1"),
                ("fetch.fsckObjects", "true"), ("fetch.writeCommitGraph", "false"), ("fetch.prune", "false"),
            ]
        )
        try await requireBase(base, of: reference, in: main)
    }

    /// The same for `git diff --binary --full-index` against `base`; `room` is a directory for temporary files.
    package func takePatch(_ path: String, since base: CommitID, for task: TaskID, room: String) async throws {
        try await takePatch(path, since: base, as: PrivateRefs.start(task), index: "\(room)/index-\(task)")
    }

    private func takePatch(_ path: String, since base: CommitID, as reference: String, index file: String) async throws
    {
        let main = try await MainRepository.discover(repository, git: git)
        let index = ["GIT_INDEX_FILE": file]
        // What is left of it the next one overwrites.
        defer { try? FileTree.remove(file) }
        _ = try await main.run(["read-tree", base.rawValue], to: "read the base of the patch", environment: index)
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw WorkspaceError.fileSystem(operation: "read", path: path, code: errno)
        }
        if status.st_size > 0 {
            _ = try await main.run(
                ["apply", "--cached", "--binary", "--whitespace=nowarn", "--", path],
                to: "apply the patch",
                environment: index
            )
        }
        let tree = GitOutput.line(try await main.run(["write-tree"], to: "write the patched tree", environment: index))
        let identity = UserConfiguration.Identity.makima
        let commit = GitOutput.line(
            try await main.run(
                ["commit-tree", "-p", base.rawValue, "-m", "makima: work from elsewhere", tree],
                to: "write a commit of the patch",
                environment: [
                    "GIT_AUTHOR_NAME": identity.name, "GIT_AUTHOR_EMAIL": identity.email,
                    "GIT_COMMITTER_NAME": identity.name, "GIT_COMMITTER_EMAIL": identity.email,
                ]
            )
        )
        _ = try await main.run(["update-ref", reference, commit], to: "keep the work")
    }

    /// Lets the workspace of `task` have the files of the last checkpoint of another task in the repository.
    ///
    /// Returns false where there is none.
    package func takeWork(of source: TaskID, for task: TaskID) async throws -> Bool {
        let sets = try await PrivateRefReader(git: git).refs(in: repository)
        guard let last = sets.first(where: { $0.task == source })?.refs.compactMap(\.checkpoint).max() else {
            return false
        }
        let main = try await MainRepository.discover(repository, git: git)
        _ = try await main.run(
            ["update-ref", PrivateRefs.start(task), PrivateRefs.checkpoint(source, last)],
            to: "keep the work"
        )
        return true
    }

    private func requireBase(_ base: CommitID, of reference: String, in main: MainRepository) async throws {
        let result = try await main.attempt(
            ["merge-base", "--is-ancestor", base.rawValue, reference],
            to: "look what the work builds upon"
        )
        guard !result.status.isSuccess else { return }
        _ = try await main.run(["update-ref", "-d", reference], to: "let go of the work")
        throw WorkspaceError.unknownRevision("\(base)")
    }
}
