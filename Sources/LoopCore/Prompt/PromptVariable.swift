package import Domain

/// What a template can have in double braces.
package enum PromptVariable: String, Hashable, Sendable, CaseIterable {
    case plan
    case task
    case iteration
    case limit
    case rules
    case checks
    case protected
    case budget
    case notes
    case gate

    /// For the reference.
    package var meaning: String {
        switch self {
        case .plan: "What the person asked for, as they wrote it."
        case .task: "The name of the task."
        case .iteration: "The number of the iteration, from 1."
        case .limit: "How many iterations the task may use."
        case .rules:
            "That nobody answers, what lasts, and which iteration of how many this is; then `checks`, `protected` and "
                + "`budget`."
        case .checks: "The checks that are run when the agent is ready; empty without any."
        case .protected: "The paths that must not be changed; empty without any."
        case .budget: "What is left of each budget; empty without any."
        case .notes: "What went before, and what people say; see below. Empty in the first iteration, mostly."
        case .gate: "How the agent says that it is ready."
        }
    }

    /// What no template of `kind` can do without: an agent that is not told the task, or how to say that it is done,
    /// works for nothing.
    package static func required(in kind: PromptKind) -> [PromptVariable] {
        switch kind {
        case .first, .handover: [.plan, .gate]
        case .continued: [.gate]
        }
    }

    /// All names, for messages.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
