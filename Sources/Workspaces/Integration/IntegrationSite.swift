package import Domain

/// Where a batch is merged.
package struct IntegrationSite: Sendable {
    /// Names its references in the repository, `refs/makima/merges/<id>/`; one merge of the same id at a time.
    package var id: TaskID
    /// The user's repository, or a bare one of makima's own.
    package var repository: String
    /// Where the vault and the checkouts are made; absolute.
    ///
    /// What is there of an earlier merge is removed.
    package var directory: String
    /// Whose branch is moved instead of the repository's own; `nil` is the repository's.
    package var remote: IntegrationRemote?

    package init(id: TaskID, repository: String, directory: String, remote: IntegrationRemote? = nil) {
        self.id = id
        self.repository = repository
        self.directory = directory
        self.remote = remote
    }

    /// The branch as it was seen last.
    func reference(of target: String) -> String {
        remote == nil ? "refs/heads/\(target)" : "refs/remotes/origin/\(target)"
    }
}

/// A repository elsewhere, of which the one that is merged in is a copy.
package struct IntegrationRemote: Sendable {
    /// Gets what is new there.
    package var fetch: @Sendable () async throws -> Void
    /// Moves the branch there to a commit that stands on where it was; returns false where it is elsewhere by now.
    package var push: @Sendable (_ commit: CommitID, _ old: CommitID) async throws -> Bool

    package init(
        fetch: @escaping @Sendable () async throws -> Void,
        push: @escaping @Sendable (_ commit: CommitID, _ old: CommitID) async throws -> Bool
    ) {
        self.fetch = fetch
        self.push = push
    }
}

/// What is known of a task's work beside what the repository says.
package struct WorkHint: Hashable, Sendable {
    /// The files that were judged, where the task's journal is here.
    package var judged: TreeID?
    /// The work itself, where it came from another machine.
    package var sent: SentWork?

    package init(judged: TreeID? = nil, sent: SentWork? = nil) {
        self.judged = judged
        self.sent = sent
    }
}

/// Work that came from another machine, in a file.
package struct SentWork: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// Of git, with one reference.
        case bundle
        /// Of `git diff --binary --full-index`.
        case patch
    }

    package var form: Form
    package var path: String
    /// The commit that it builds upon.
    package var base: CommitID

    package init(_ form: Form, at path: String, base: CommitID) {
        self.form = form
        self.path = path
        self.base = base
    }
}
