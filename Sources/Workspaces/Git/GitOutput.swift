import Domain
import Processes

/// Reading what git prints.
enum GitOutput {
    /// Returns the NUL-terminated records of `output`.
    static func records(_ output: [UInt8]) -> [String] {
        output.split(separator: 0, omittingEmptySubsequences: true).map { String(decoding: $0, as: UTF8.self) }
    }

    static func lines(_ output: [UInt8]) -> [String] {
        output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns a single line without its line end; a path may itself contain others.
    static func line(_ output: [UInt8]) -> String {
        String(decoding: output.last == UInt8(ascii: "\n") ? output.dropLast() : output[...], as: UTF8.self)
    }

    /// Sums the records of `--numstat -z`.
    ///
    /// A binary file has no line counts, but counts as a file.
    static func changeSize(_ records: some Sequence<String>) -> ChangeSize {
        var size = ChangeSize()
        for record in records {
            let fields = record.split(separator: "\t", maxSplits: 2)
            size.files += 1
            size.insertions += fields.first.flatMap { Int($0) } ?? 0
            size.deletions += fields.dropFirst().first.flatMap { Int($0) } ?? 0
        }
        return size
    }

    /// Returns the lock file that kept git from its work; `nil` where it was something else.
    ///
    /// The status is that of any failure, so that only the words tell: "Unable to create '/…/index.lock': File exists."
    static func lock(in result: CommandResult) -> String? {
        let text = String(decoding: result.errorOutput, as: UTF8.self)
        for line in text.split(separator: "\n") where line.contains(".lock': File exists") {
            let parts = line.split(separator: "'", omittingEmptySubsequences: false)
            if let path = parts.first(where: { $0.hasPrefix("/") && $0.hasSuffix(".lock") }) { return String(path) }
        }
        return nil
    }

    /// Returns what a failed git said, at most 2,000 characters of it.
    static func message(_ result: CommandResult) -> String {
        let text = String(decoding: result.errorOutput.suffix(2000), as: UTF8.self)
        let words = text.split(separator: "\n").joined(separator: "; ")
        if result.isTruncated { return "It printed more than can be kept. \(words)" }
        return words.isEmpty ? "It said nothing." : words
    }
}
