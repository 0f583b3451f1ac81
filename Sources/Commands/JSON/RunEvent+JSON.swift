import Domain
import Runner

extension RunEvent {
    /// One line of `--json` while a run is followed; `nil` for the end, which is told by the task itself.
    func json(workspace: String?, callName: String) -> JSONValue? {
        switch self {
        case .began(let task, let sandbox):
            Self.line(
                "began",
                [
                    ("sandbox", .text(sandbox == .off ? "off" : sandbox.description)),
                    ("task", task.json(workspace: workspace, callName: callName)),
                ]
            )
        case .preparing(let preparation): Self.line("preparing", preparation.data)
        case .iterationBegan(let number, let limit, let attempt):
            Self.line(
                "iterationBegan",
                [("iteration", .whole(number)), ("maxIterations", .whole(limit)), ("attempt", .whole(attempt))]
            )
        case .agent(let event): event.json
        case .checkpointTaken(let checkpoint): Self.line("checkpointTaken", [("checkpoint", checkpoint.json)])
        case .checkBegan(let check, let iteration):
            Self.line("checkBegan", [("check", check.json), ("iteration", .whole(iteration))])
        case .checkEnded(let receipt): Self.line("checkEnded", [("receipt", receipt.json)])
        case .iterationEnded(let record, _): Self.line("iterationEnded", [("iteration", record.json)])
        case .waiting(let wait): Self.line("waiting", wait.members)
        case .asked(let request, let number, let patience):
            Self.line(
                "permissionAsked",
                [
                    ("question", .whole(number)), ("permission", request.json),
                    ("patienceSeconds", .seconds(patience)),
                ]
            )
        case .notice(let notice):
            Self.line("notice", [("code", .text(notice.code)), ("message", .text(notice.sentence))])
        case .stopping(let isForced): Self.line("stopping", [("forced", .flag(isForced))])
        case .finished: nil
        }
    }

    static func line(_ type: String, _ members: [(String, JSONValue)]) -> JSONValue {
        .fields([("type", .text(type))] + members)
    }
}

extension Preparation {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .workspace(let files): [("what", .text("workspace")), ("files", .whole(files))]
        case .setupCommand(let command): [("what", .text("setup_command")), ("command", .text(command))]
        case .importing: [("what", .text("importing"))]
        case .publishing(let action): [("what", .text("publishing")), ("completion", .text(action.rawValue))]
        }
    }
}

extension AgentEvent {
    fileprivate var json: JSONValue {
        switch self {
        case .session(let id, let model):
            RunEvent.line("agentSession", [("session", .text(id)), ("model", .text(model))])
        case .text(let text): RunEvent.line("agentText", [("text", .text(text))])
        case .toolCallBegan(let id, let name, let summary):
            RunEvent.line("toolCallBegan", [("id", .text(id)), ("name", .text(name)), ("summary", .text(summary))])
        case .toolCallEnded(let id, let isError):
            RunEvent.line("toolCallEnded", [("id", .text(id)), ("isError", .flag(isError))])
        case .usage(let usage):
            RunEvent.line("agentUsage", [("costUSD", .dollars(usage.cost)), ("tokens", .whole(usage.tokens))])
        case .retrying(let attempt, let attempts, let cause):
            RunEvent.line(
                "agentRetrying",
                [("attempt", .whole(attempt)), ("of", .whole(attempts)), ("cause", .text(cause.rawValue))]
            )
        case .rateLimit(let rejected, let resetsAt):
            RunEvent.line("agentRateLimit", [("rejected", .flag(rejected)), ("resetsAt", .time(resetsAt))])
        case .permissionDenied(let tool, let message):
            RunEvent.line("agentPermissionDenied", [("tool", .text(tool)), ("message", .text(message))])
        case .permissionAsked(let id, let request):
            RunEvent.line("agentPermissionAsked", [("id", .text(id)), ("permission", request.json)])
        case .permissionWithdrawn(let id): RunEvent.line("agentPermissionWithdrawn", [("id", .text(id))])
        case .result(let result):
            RunEvent.line(
                "agentResult",
                [("finalMessage", .text(result.finalMessage)), ("end", .text((result.failure ?? .ok).code))]
            )
        case .messageTaken(let number): RunEvent.line("agentMessageTaken", [("message", .whole(number))])
        case .errorOutput(let text): RunEvent.line("agentErrorText", [("text", .text(text))])
        case .oversizedLine(let bytes): RunEvent.line("agentOversizedLine", [("bytes", .whole(bytes))])
        }
    }
}

extension RunNotice {
    /// The stable word for it.
    var code: String {
        switch self {
        case .secretsLeftOut: "secrets_left_out"
        case .recovery(let notice): notice.code
        case .review(let notice): notice.code
        case .nestedRepositories: "nested_repositories"
        case .budgetNearlyUsed: "budget_nearly_used"
        case .keysNotPassedOn: "keys_not_passed_on"
        case .filesLeftOut: "files_left_out"
        case .agentCommitsUnreadable: "agent_commits_unreadable"
        case .agentIndexUnreadable: "agent_index_unreadable"
        case .doneButUnheard: "done_but_unheard"
        case .messagesUndelivered: "messages_undelivered"
        case .callsUnanswered: "calls_unanswered"
        case .permissionWithdrawn: "permission_withdrawn"
        case .permissionUnasked: "permission_unasked"
        case .gitDirectoryRebuilt: "git_directory_rebuilt"
        case .checkpointFailed: "checkpoint_failed"
        case .importFailed: "import_failed"
        case .heldBack: "held_back"
        case .straysEnded: "strays_ended"
        case .straysPossible: "strays_possible"
        case .outputLost: "output_lost"
        case .limitsHit: "limits_hit"
        case .outputMayBeMissing: "output_may_be_missing"
        case .secretsKept: "secrets_kept"
        case .changesLeftOut: "changes_left_out"
        case .strategyChanged: "strategy_changed"
        case .agentChanged: "agent_changed"
        case .networkRefused: "network_refused"
        case .sessionRenewed: "session_renewed"
        }
    }
}
