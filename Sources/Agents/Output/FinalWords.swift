import Domain

/// The last words of a process, as they are shown and searched for the cause of its failure.
enum FinalWords {
    /// The last lines of `text` that are not blank, at most `count`, each at most 400 characters.
    static func lines(of text: String, count: Int = 8) -> [String] {
        text.split(whereSeparator: \.isNewline)
            .lazy
            .reversed()
            .filter { !$0.allSatisfy(\.isWhitespace) }
            .prefix(count)
            .reversed()
            .map { String($0.prefix(400)) }
    }

    /// `lines`, each followed by the words of the error where it is a JSON record of one, as other agents print them:
    /// `{"type":"turn.failed","error":{"message":"…"}}`.
    static func expanded(_ lines: [String]) -> [String] {
        lines.flatMap { line -> [String] in
            // A line that is no JSON is taken as it is.
            guard line.hasPrefix("{"), let record = try? JSONParser.parse(Array(line.utf8)) else { return [line] }
            let message = record["error"]?["message"]?.string ?? record["message"]?.string
            return [line] + [message].compactMap(\.self)
        }
    }

    /// `message`, with what the exit status of a shell means.
    static func launchProblem(_ message: String, exitCode: Int32) -> String {
        exitCode == 127
            ? "\(message) (exit status 127: a program was not found in PATH)"
            : "\(message) (exit status \(exitCode): a program cannot be executed)"
    }
}

/// Keeps the last lines of output that mean nothing to the reader, for the case that they say what went wrong.
struct StrayLines: Hashable, Sendable {
    private(set) var lines: [String] = []

    mutating func append(_ line: UnsafeRawBufferPointer) {
        let text = String(lossy: line.prefix(1600))
        guard !text.allSatisfy(\.isWhitespace) else { return }
        lines = (lines + FinalWords.lines(of: text)).suffix(8)
    }
}
