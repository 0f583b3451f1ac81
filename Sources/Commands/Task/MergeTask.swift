import ArgumentParser
import Domain
import Runner

/// `makima merge`: takes the work over into a branch.
struct MergeTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Take the work of a task over into a branch",
        discussion: """
            The work is rebased onto the branch and checked there; then the branch is fast-forwarded. The task's own \
            branch follows, unless you changed it or have it checked out, so that 'git branch -d' can remove it.
            """
    )

    @OptionGroup var task: TaskArgument

    @Option(help: ArgumentHelp("The branch to merge into (default: the task's target)", valueName: "branch"))
    var into: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let following = RunFollowing(environment: environment, format: format, quiet: quiet)
        let result = try await following.observe(dossier) { observer in
            let stops = environment.listenForStops()
            defer { stops.finish() }
            return try await service.merge(dossier.task.id, into: into, observer: observer, stops: stops)
        }
        let report = MergeReport(result: result, task: dossier.callName)
        if format.json {
            environment.answers.print(json: report.json)
        } else {
            environment.answers.print(report.lines)
            following.notes.print(report.hint.map { [StyledLine("Hint: ", .accent) + StyledLine($0)] } ?? [])
        }
        return report.exitStatus
    }
}

/// How a merge ended, put into words.
struct MergeReport {
    let result: MergeResult
    let task: String

    var exitStatus: ExitStatus {
        switch result {
        case .merged, .upToDate: .success
        case .conflict, .checksFailed, .checkoutDirty: .failure
        case .interrupted: .interrupted
        }
    }

    var lines: [StyledLine] {
        switch result {
        case .merged(let branch, let commit, let ownBranch):
            [StyledLine("✓ ", .good) + StyledLine("Merged task \(task) into '\(branch)' (\(commit.short)).")]
                + (ownBranch.map { [StyledLine("  The task's branch '\($0)' is at the same commit.")] } ?? [])
        case .upToDate(let branch): [StyledLine("The branch '\(branch)' has the work of task \(task) already.")]
        case .conflict(let branch, let paths):
            [StyledLine("✗ ", .bad) + StyledLine("The work does not fit onto '\(branch)'. In conflict:")]
                + paths.map { StyledLine("  \($0)") }
        case .checksFailed(let receipts):
            [StyledLine("✗ ", .bad) + "Not merged: on top of the branch, checks do not pass."]
                + receipts.filter { !$0.verdict.isPassed }
                .map { "  " + $0.verdict.mark + StyledLine(" \($0.check.title): \($0.words)") }
        case .checkoutDirty(let branch, let paths):
            [
                StyledLine("✗ ", .bad)
                    + StyledLine(
                        "Not merged: your checkout of '\(branch)' has changes or files that would be overwritten:"
                    )
            ] + paths.map { StyledLine("  \($0)") }
        case .interrupted(let branch):
            [StyledLine("✗ ", .bad) + StyledLine("Stopped: nothing was merged, and '\(branch)' is as it was.")]
        }
    }

    var hint: String? {
        switch result {
        case .merged(let branch, _, .some(let ownBranch)):
            "With '\(branch)' checked out, 'git branch -d \(ownBranch)' removes that branch; 'makima discard \(task)' "
                + "removes the workspace."
        case .merged, .upToDate: "Remove the workspace with 'makima discard \(task)' when you no longer need it."
        case .conflict(let branch, _):
            "Take 'makima diff \(task)' over by hand, or begin a new task on '\(branch)' with 'makima run'."
        case .checksFailed(let receipts):
            "Read '\(receipts.last { !$0.verdict.isPassed }?.logPath ?? "makima why \(task)")'; then mend the branch and "
                + "'makima merge \(task)'."
        case .checkoutDirty: "Commit, stash or move them away, then 'makima merge \(task)'."
        case .interrupted: "Begin again with 'makima merge \(task)'."
        }
    }

    var json: JSONValue {
        switch result {
        case .merged(let branch, let commit, let ownBranch): object(branch, commit: commit, ownBranch: ownBranch)
        case .upToDate(let branch), .interrupted(let branch): object(branch)
        case .conflict(let branch, let paths), .checkoutDirty(let branch, let paths): object(branch, paths: paths)
        case .checksFailed(let receipts): object(nil, receipts: receipts)
        }
    }

    /// The stable word for the result.
    private var code: String {
        switch result {
        case .merged: "merged"
        case .upToDate: "up_to_date"
        case .conflict: "conflict"
        case .checksFailed: "checks_failed"
        case .checkoutDirty: "checkout_dirty"
        case .interrupted: "interrupted"
        }
    }

    private func object(
        _ branch: String?,
        commit: CommitID? = nil,
        ownBranch: String? = nil,
        paths: [String] = [],
        receipts: [CheckReceipt] = []
    ) -> JSONValue {
        RunEvent.line(
            "merge",
            [
                ("result", .text(code)), ("branch", .text(branch)), ("commit", .text(commit?.rawValue)),
                ("ownBranch", .text(ownBranch)), ("paths", .texts(paths)),
                ("receipts", .list(receipts.map(\.json))),
            ]
        )
    }
}
