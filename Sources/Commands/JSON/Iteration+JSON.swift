import Domain

extension IterationRecord {
    var json: JSONValue {
        .fields([
            ("number", .whole(number)), ("attempt", .whole(attempt)), ("run", .whole(run)),
            ("agent", .text(outcome?.performer?.name)),
            ("startedAt", .time(startedAt)), ("endedAt", .time(endedAt)), ("end", .text(outcome?.agent.end.code)),
            ("endDetail", .text(outcome?.endWords)), ("exitStatus", .whole(outcome?.agent.exitStatus.map(Int.init))),
            ("counted", .flag(outcome?.counted)),
            ("ownerDied", .flag(outcome?.ownerDied)), ("gate", outcome?.gate.json ?? .null),
            ("finalMessage", .text(outcome?.agent.finalMessage)), ("costUSD", .dollars(outcome?.agent.usage.cost)),
            ("tokens", .whole(outcome?.agent.usage.tokens)), ("checkpoint", .whole(outcome?.checkpoint?.number)),
            ("change", outcome?.checkpoint?.change.json ?? .null),
            ("checks", .list((outcome?.receipts ?? []).map(\.json))), ("notes", .texts(outcome?.notes ?? [])),
            ("limitHits", outcome?.limitHits?.json ?? .null),
        ])
    }
}

extension LimitHits {
    var json: JSONValue {
        .fields([
            ("killed", .whole(killed)), ("memoryMiB", .whole(memoryMiB)), ("refused", .whole(refused)),
            ("processes", .whole(processes)), ("message", .text(clause)),
        ])
    }
}

extension GateReading {
    var json: JSONValue {
        switch self {
        case .missing: .null
        case .malformed(let problem):
            .fields([("reading", .text("malformed")), ("ready", .flag(false)), ("problem", .text(problem.words))])
        case .stated(let gate):
            .fields([
                ("reading", .text("stated")), ("ready", .flag(isReady)), ("statedReady", .flag(gate.ready)),
                ("reason", .text(gate.reason)), ("progress", .text(gate.progress)), ("blockers", .texts(gate.blockers)),
            ])
        }
    }
}

extension IterationEnd {
    /// The stable word for it.
    var code: String {
        switch self {
        case .ok: "ok"
        case .incomplete: "incomplete"
        case .agentError: "agent_error"
        case .usageLimit: "usage_limit"
        case .rateLimited: "rate_limited"
        case .overloaded: "overloaded"
        case .network: "network"
        case .authentication: "authentication"
        case .billing: "billing"
        case .contextOverflow: "context_overflow"
        case .unusableSession: "unusable_session"
        case .launchFailure, .silentLaunchFailure: "launch_failure"
        case .permissionDenied: "permission_denied"
        case .question: "question"
        case .permissionAsked: "permission_asked"
        case .timeout(let kind): "\(kind.rawValue)_timeout"
        case .stall: "stall"
        case .killed: "killed"
        }
    }
}

extension TaskEvent {
    func json(task: TaskCall) -> JSONValue {
        .fields([
            ("at", .time(at)), ("status", .text(status.rawValue)), ("reason", reason?.json(task: task) ?? .null),
            ("iteration", .whole(iteration)), ("run", .whole(run)),
        ])
    }
}
