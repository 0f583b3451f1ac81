import Agents
import Domain
import Processes

/// A program that the user has and that the sandbox does not show.
enum HiddenProgram {
    /// Says of a check that did not find a program where it is, if that is known.
    static func explain(
        _ verdict: CheckVerdict,
        output: String,
        in confinement: Confinement,
        _ agents: AgentCatalog
    ) -> CheckVerdict {
        guard verdict == .notEvaluated(.commandNotFound), confinement.sandbox.isConfining else { return verdict }
        for name in names(in: output) {
            let hidden = agents.requirements(ofProgram: name).filter { !confinement.shows($0) }
            if !hidden.isEmpty { return .notEvaluated(.programHidden(program: name, paths: hidden)) }
        }
        return verdict
    }

    /// The words that may be the name of a program in what shells, `env` and the like say when they find none.
    static func names(in output: String) -> [String] {
        output.split(whereSeparator: \.isNewline).suffix(20).reversed()
            .filter { line in ["not found", "No such file"].contains { line.contains($0) } }
            .flatMap { line in line.split(separator: ":").map { trimmed($0) }.filter(isName) }
    }

    private static func trimmed(_ part: Substring) -> String {
        var text = part.drop(while: isFrame)
        while let last = text.last, isFrame(last) { text = text.dropLast() }
        return String(text)
    }

    private static func isFrame(_ character: Character) -> Bool {
        character.isWhitespace || "'`\"‘’".contains(character)
    }

    private static func isName(_ text: String) -> Bool {
        text.contains(where: \.isLetter) && text.allSatisfy { $0.isLetter || $0.isNumber || "._+-".contains($0) }
    }
}

extension Confinement {
    /// Whether what is at `path` on the host is visible to checks.
    fileprivate func shows(_ path: String) -> Bool {
        sandbox.shows(path) || (spec.read + spec.write).contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}
