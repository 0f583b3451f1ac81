/// How the work of a task is put to review at a forge; counts where the completion is `pr`.
package struct ForgeSpec: Hashable, Sendable, Codable {
    /// The name of a remote of the repository; `nil` is `origin`, or else the only remote there is.
    package var remote: String?
    /// Whether a pull request is opened as a draft.
    package var isDraft = false
    /// How often what comes back of a review is given to the agent; 0 is that nobody stays with the pull request.
    package var rounds = 0
    /// How long is stayed with the pull request in all.
    ///
    /// Default: a day.
    package var patience = Duration.seconds(24 * 3600)
    /// How long is waited between two looks at the pull request.
    ///
    /// Default: a minute.
    package var interval = Duration.seconds(60)
    /// Whether comments of programs are given to the agent too.
    package var hearsBots = false

    package init() {}
}

/// What is known of the work of a task at a forge; journaled before and after each push.
package struct ForgeRecord: Hashable, Sendable, Codable {
    /// The name of the remote.
    package var remote: String
    /// The branch at the remote, without `refs/heads/`.
    package var branch: String
    /// The commit that makima pushed last; `nil` before the first push has arrived.
    package var pushed: CommitID?
    /// The tree of ``pushed``.
    package var tree: TreeID?
    /// The commit whose push was begun last: it may have arrived though makima died before it knew.
    package var pushing: CommitID?
    /// `nil` where the remote is no forge that makima knows.
    package var pullRequest: PullRequest?
    /// How many rounds were begun.
    package var rounds = 0
    /// When makima began to stay with the pull request; `nil` before.
    package var since: Timestamp?
    /// The ids of what was told to the agent, so that nothing is told twice.
    package var told: Set<String> = []
    /// What the next prompts tell, until an iteration counts.
    package var feedback: [ReviewItem] = []

    package init(remote: String, branch: String) {
        self.remote = remote
        self.branch = branch
    }

    /// The commits of the branch at the remote that are makima's own.
    package var own: Set<CommitID> { Set([pushed, pushing].compactMap(\.self)) }
}
