import Domain
import Glibc

/// Looks into the agent's git directory by reading files; no git runs on it, and no link in it is followed.
struct AgentGitReader {
    let directory: String
    let objectFormat: ObjectFormat

    private static let refCap = 4096
    private static let packedRefsCap = 64 << 20
    private static let maxSymbolicDepth = 5

    /// Returns the commit that HEAD names, or `nil` when it is unborn or cannot be read.
    func head() -> CommitID? {
        do {
            return try resolve("HEAD", in: Beneath(directory), depth: 0)
        } catch {
            // What the agent made unreadable has no HEAD; `verify` says what is wrong with it.
            return nil
        }
    }

    enum IndexKind {
        case missing
        case file
        /// Such as a FIFO, which would hold up whoever reads it.
        case other
    }

    func indexKind() -> IndexKind {
        // `verify` reports a missing directory.
        guard let status = try? Beneath(directory).status(of: "index") else { return .missing }
        return status.st_mode & S_IFMT == S_IFREG ? .file : .other
    }

    /// Says which state the agent's index is in: another value means that it was written.
    func indexStamp() -> IndexStamp? {
        guard let status = try? Beneath(directory).status(of: "index") else {
            // Without an index there is nothing to follow; `verify` reports a missing directory.
            return nil
        }
        return IndexStamp(
            number: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    /// What the file system knows about a version of the index.
    struct IndexStamp: Hashable, Sendable {
        var number: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    /// Returns what is missing for a git directory that can be used, or `nil` when nothing is.
    func damage() -> String? {
        guard WorkspaceMarker.number(ofDirectory: directory) != nil else { return "it is gone" }
        do {
            let files = try Beneath(directory)
            for name in ["HEAD", "config", "objects/info/alternates"] where files.status(of: name) == nil {
                return "'\(name)' is missing"
            }
            guard files.status(of: "refs") != nil else { return "'refs' is missing" }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Removes the locks that a killed git left behind; only for when no agent runs.
    func removeStaleLocks() throws(WorkspaceError) {
        let files = try Beneath(directory)
        for name in ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"] {
            try files.unlink(name)
        }
    }

    private func resolve(_ name: String, in files: borrowing Beneath, depth: Int) throws(WorkspaceError) -> CommitID? {
        guard depth <= Self.maxSymbolicDepth else { return nil }
        guard let bytes = try files.read(name, cap: Self.refCap) else { return try packed(name, in: files) }
        let line = GitOutput.lines(bytes).first ?? ""
        if line.hasPrefix("ref: ") {
            return try resolve(String(line.dropFirst(5)), in: files, depth: depth + 1)
        }
        return commit(line)
    }

    private func packed(_ name: String, in files: borrowing Beneath) throws(WorkspaceError) -> CommitID? {
        guard let bytes = try files.read("packed-refs", cap: Self.packedRefsCap) else { return nil }
        let suffix = Array(" \(name)".utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.count > suffix.count {
            if line.suffix(suffix.count).elementsEqual(suffix) {
                return commit(String(decoding: line.dropLast(suffix.count), as: UTF8.self))
            }
        }
        return nil
    }

    private func commit(_ text: String) -> CommitID? {
        text.utf8.count == objectFormat.zero.utf8.count ? CommitID(rawValue: text) : nil
    }
}
