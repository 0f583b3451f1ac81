import Glibc

/// Standard input of this process.
package enum StandardInput {
    /// Reads to the end, at most `limit` bytes.
    package static func read(upTo limit: Int) throws -> [UInt8] {
        do {
            return try FileReader.readToEnd(of: STDIN_FILENO, path: "-", upTo: limit)
        } catch {
            throw CommandError.planUnreadable(path: "-", reason: error.reason)
        }
    }
}
