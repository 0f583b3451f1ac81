import Domain

/// Why a command could do nothing for a contract.
enum ContractCommandError: Error, Hashable, CustomStringConvertible {
    case unknown(String)
    /// `name` fits several.
    case ambiguous(String, [String])
    case goalMissing
    case goalTwice
    /// HEAD is on no branch, and none is named.
    case targetUnknown
    /// A check of a phase without a name, or without a command.
    case malformedPhaseCheck(String)
    case unknownPhase(String, known: [String])
    case unknownAction(String)
    /// What makes no sense with '--graph', in words.
    case withGraph(String)
    /// The server of this process did not begin to listen.
    case serverGone

    var description: String {
        switch self {
        case .unknown(let name): "The server has no contract '\(name)'."
        case .ambiguous(let name, let ids):
            "'\(name)' fits several contracts: \(ids.map { String($0.prefix(6)) }.listed(atMost: 5))."
        case .goalMissing: "There is no goal: give it as an argument, with '--goal-file FILE', or '-' to read it."
        case .goalTwice: "There are two goals: give one, as an argument, with '--goal-file' or in '--file'."
        case .targetUnknown: "No branch is checked out that work could be merged into."
        case .malformedPhaseCheck(let text): "The '--phase-check' '\(text)' does not name a phase and a command."
        case .unknownPhase(let name, let known):
            "There is no phase '\(name)'"
                + (Suggestion.nearest(to: name, among: known).map { ", did you mean '\($0)'?" } ?? ".")
        case .unknownAction(let word):
            "'\(word)' is nothing that a supervisor could do"
                + (Suggestion.nearest(to: word, among: SupervisorAction.allCases.map(\.rawValue))
                    .map { ", did you mean '\($0)'?" } ?? ".")
        case .withGraph(let what): "'--graph' goes without \(what)."
        case .serverGone: "The server that was to run the tasks has ended."
        }
    }
}

extension ContractCommandError: ExplainedError {
    var errorCode: ErrorCode {
        switch self {
        case .unknown, .ambiguous: .notFound
        case .goalMissing, .goalTwice, .malformedPhaseCheck, .unknownPhase, .unknownAction, .withGraph: .usage
        case .targetUnknown: .refused
        case .serverGone: .environment
        }
    }

    var hint: String {
        switch self {
        case .unknown: "'makima contract list --all' lists them."
        case .ambiguous: "Give more of its id."
        case .goalMissing: "Write 'makima contract new \"GOAL\"'; '--help' says what else it takes."
        case .goalTwice: "Leave one out."
        case .targetUnknown: "Name one with '--target BRANCH'."
        case .malformedPhaseCheck: "Write it as '--phase-check \"Parser: make test\"'."
        case .unknownPhase: "Add it with '--phase NAME'."
        case .unknownAction:
            "Allow some of \(SupervisorAction.allCases.map(\.rawValue).joined(separator: ", "))."
        case .withGraph: "The file says what the tasks are; 'makima run --help' says what else goes with it."
        case .serverGone: "See what 'makima up' says."
        }
    }
}
