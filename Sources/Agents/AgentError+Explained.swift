package import Domain

extension AgentError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .programNotFound, .scenarioNotFound: .notFound
        case .programNotExecutable, .interpreterMissing: .environment
        case .commandMissing, .scenarioMissing, .scenarioInvalid: .usage
        }
    }

    package var hint: String {
        switch self {
        case .programNotFound: "Install it, or choose another agent with '--agent NAME' ('makima agents' lists them)."
        case .programNotExecutable(let path): "Make it executable with 'chmod +x \(path)', or name another program."
        case .interpreterMissing(let script, let interpreter) where interpreter.hasSuffix("\r"):
            "Give it the line ends of Unix: 'sed -i 's/\\r$//' \(script)'."
        case .interpreterMissing(let script, let interpreter):
            "Install '\(interpreter)', or mend the first line of '\(script)'."
        case .commandMissing: "For example 'command = [\"program\", \"argument\"]'; 'makima agents' lists the others."
        case .scenarioMissing: "Write one as in 'examples/', or choose another agent with '--agent NAME'."
        case .scenarioNotFound: "Give the path of a scenario, from the repository's root on."
        case .scenarioInvalid(let path, _): "Mend '\(path)'; 'examples/' has scenarios that can be played."
        }
    }
}
