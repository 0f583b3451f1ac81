import Domain
import Runner

extension TaskDossier {
    /// The task object with all that belongs to it, for `show --json`.
    ///
    /// `server` where a server has the task.
    func json(server: ServerFacts? = nil) -> JSONValue {
        let workspace = workspacePath.isEmpty ? nil : workspacePath
        return .fields(
            task.members(workspace: workspace, callName: callName, removedUpTo: removedUpTo) + [
                ("plan", .text(task.spec.plan)), ("isOrphaned", .flag(isOrphaned)),
                ("runningCheck", runningCheck?.json ?? .null),
                ("iterationRecords", .list(iterations.map(\.json))),
                ("checkpoints", .list(checkpoints.map(\.json))),
                ("receipts", .list(receipts.map(\.json))),
                ("messages", .list(talk.messages.map(\.json))),
                ("questions", .list(talk.questions.map(\.json))),
                (
                    "networkRefusals",
                    .list(
                        networkRefusals.map {
                            .fields([
                                ("target", .text($0.target)), ("refusal", .text($0.refusal.rawValue)),
                                ("count", .integer(Int64($0.count))),
                            ])
                        }
                    )
                ),
                ("events", .list(events.map { $0.json(task: TaskCall(callName)) })),
            ] + (server.map { [("server", $0.json)] } ?? [])
        )
    }
}

extension RunningCheck {
    var json: JSONValue {
        .fields([
            ("name", .text(check.name)), ("command", .text(check.command.isEmpty ? nil : check.command)),
            ("iteration", .whole(iteration)), ("since", .time(since)),
        ])
    }

    /// As in "the check …".
    var words: String { "'\(check.title)' runs since \(since.formattedUTC)" }
}
