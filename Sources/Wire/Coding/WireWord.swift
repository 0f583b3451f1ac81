package import Domain

/// A value of a closed list that stands in messages as a word.
///
/// The words are spelled here and nowhere else: what a later Domain calls its cases changes nothing on the wire. A new
/// word needs a new version, because a peer that does not know it refuses the message.
package protocol WireWord: Hashable, Sendable {
    static var allValues: [Self] { get }
    var wireWord: String { get }
}

extension WireWord {
    package init?(wireWord: String) {
        guard let value = Self.allValues.first(where: { $0.wireWord == wireWord }) else { return nil }
        self = value
    }
}

extension WireWord where Self: CaseIterable {
    package static var allValues: [Self] { Array(allCases) }
}

extension TaskStatus: WireWord {
    package var wireWord: String {
        switch self {
        case .pending: "pending"
        case .initializing: "initializing"
        case .starting: "starting"
        case .running: "running"
        case .waiting: "waiting"
        case .blocked: "blocked"
        case .paused: "paused"
        case .stalled: "stalled"
        case .iterationLimitReached: "iteration_limit_reached"
        case .budgetReached: "budget_reached"
        case .interrupted: "interrupted"
        case .failed: "failed"
        case .done: "done"
        }
    }

    /// Whether an attempt ends with it: nothing follows by itself.
    package var endsAttempt: Bool {
        switch self {
        case .pending, .initializing, .starting, .running, .waiting: false
        case .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed, .done: true
        }
    }
}

extension Proof: WireWord {
    package static var allValues: [Proof] { [.verified, .unverified, .empty] }

    package var wireWord: String {
        switch self {
        case .verified: "verified"
        case .unverified: "unverified"
        case .empty: "empty"
        }
    }
}

extension CompletionAction: WireWord {
    package var wireWord: String {
        switch self {
        case .none: "none"
        case .branch: "branch"
        case .merge: "merge"
        case .pullRequest: "pr"
        }
    }
}

extension ContextMode: WireWord {
    package var wireWord: String {
        switch self {
        case .continue: "continue"
        case .fresh: "fresh"
        }
    }
}

extension StallStrategy: WireWord {
    package var wireWord: String {
        switch self {
        case .stop: "stop"
        case .freshSession: "fresh_session"
        case .otherAgent: "other_agent"
        }
    }
}

extension PermissionMode: WireWord {
    package var wireWord: String {
        switch self {
        case .plan: "plan"
        case .ask: "ask"
        case .edit: "edit"
        case .full: "full"
        }
    }
}

extension PermissionRequest.Kind: WireWord {
    package var wireWord: String {
        switch self {
        case .read: "read"
        case .edit: "edit"
        case .other: "other"
        case .own: "own"
        }
    }
}

extension SandboxMode: WireWord {
    package var wireWord: String {
        switch self {
        case .auto: "auto"
        case .required: "required"
        case .off: "off"
        }
    }
}

extension NetworkMode: WireWord {
    package var wireWord: String {
        switch self {
        case .full: "full"
        case .allowlist: "allowlist"
        case .none: "none"
        }
    }
}

extension AgentKind: WireWord {
    package var wireWord: String {
        switch self {
        case .claude: "claude"
        case .codex: "codex"
        case .acp: "acp"
        case .command: "command"
        case .script: "script"
        }
    }
}

extension CheckpointCause: WireWord {
    package static var allValues: [CheckpointCause] {
        [.base, .iterationEnded, .heartbeat, .checksRan, .beforeRestore, .restored, .recovered, .stopped]
    }

    package var wireWord: String {
        switch self {
        case .base: "base"
        case .iterationEnded: "iteration_ended"
        case .heartbeat: "heartbeat"
        case .checksRan: "checks_ran"
        case .beforeRestore: "before_restore"
        case .restored: "restored"
        case .recovered: "recovered"
        case .stopped: "stopped"
        }
    }
}

extension WaitCause: WireWord {
    package static var allValues: [WaitCause] {
        [
            .usageLimit, .rateLimited, .overloaded, .network, .dependency, .capacity, .answer, .permission, .acceptance,
            .review,
        ]
    }

    package var wireWord: String {
        switch self {
        case .usageLimit: "usage_limit"
        case .rateLimited: "rate_limited"
        case .overloaded: "overloaded"
        case .network: "network"
        case .dependency: "dependency"
        case .capacity: "capacity"
        case .answer: "answer"
        case .permission: "permission"
        case .acceptance: "acceptance"
        case .review: "review"
        }
    }
}

extension TaskWait.Role: WireWord {
    package var wireWord: String {
        switch self {
        case .waits: "waits"
        case .standsBy: "stands_by"
        case .probes: "probes"
        }
    }
}

extension TaskQuestion.Source: WireWord {
    package var wireWord: String {
        switch self {
        case .person: "person"
        case .nobody: "nobody"
        case .withdrawn: "withdrawn"
        }
    }
}
