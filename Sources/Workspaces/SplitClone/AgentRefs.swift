import Domain
import Glibc

/// What the agent's references and their logs name, read as the files they are: no git runs on them, and no link is followed.
struct AgentRefs {
    /// Every object that a reference, a worktree's HEAD or a stash names, each once.
    private(set) var objects: Set<String> = []
    /// Every commit that a log of a reference names: what the agent amended, reset or rebased is in these only.
    private(set) var logged: Set<String> = []
    /// Files that cannot be understood as references or logs; what they name is not known.
    private(set) var unreadable: [String] = []

    private let objectFormat: ObjectFormat
    private static let refCap = 4096
    private static let listCap = 64 << 20
    private static let logCap = 16 << 20
    private static let mostLogged = 100_000
    private static let stashLog = "logs/refs/stash"
    private static let maxDepth = 64

    /// Reads the git directory at `directory`, in which no agent works now.
    init(of directory: String, _ objectFormat: ObjectFormat) throws(WorkspaceError) {
        self.objectFormat = objectFormat
        let files = try Beneath(directory)
        try readAll(below: "refs", in: files, depth: 0)
        for worktree in try files.names(in: "worktrees") ?? [] {
            try readRef("worktrees/\(worktree)/HEAD", in: files)
            try readLogs(below: "worktrees/\(worktree)/logs", in: files, depth: 0)
        }
        try readLogs(below: "logs", in: files, depth: 0)
        try readPackedRefs(in: files)
        try readStashes(in: files)
        // Another format for references than files, which cannot be read without git.
        if files.status(of: "reftable") != nil { unreadable.append("reftable") }
    }

    private mutating func readAll(below name: String, in files: borrowing Beneath, depth: Int) throws(WorkspaceError) {
        guard depth < Self.maxDepth else { return unreadable.append(name) }
        for entry in try files.names(in: name) ?? [] where !entry.hasSuffix(".lock") {
            let path = "\(name)/\(entry)"
            if files.status(of: path).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true {
                try readAll(below: path, in: files, depth: depth + 1)
            } else {
                try readRef(path, in: files)
            }
        }
    }

    private mutating func readRef(_ name: String, in files: borrowing Beneath) throws(WorkspaceError) {
        guard let bytes = try files.read(name, cap: Self.refCap) else { return unreadable.append(name) }
        let line = GitOutput.lines(bytes).first ?? ""
        // What a symbolic one names is a reference too, and read as such.
        if line.hasPrefix("ref: ") { return }
        if !note(line) { unreadable.append(name) }
    }

    private mutating func readPackedRefs(in files: borrowing Beneath) throws(WorkspaceError) {
        guard files.status(of: "packed-refs") != nil else { return }
        guard let bytes = try files.read("packed-refs", cap: Self.listCap) else {
            return unreadable.append("packed-refs")
        }
        for line in GitOutput.lines(bytes) where !line.isEmpty && !line.hasPrefix("#") && !line.hasPrefix("^") {
            if !note(line) { unreadable.append("packed-refs") }
        }
    }

    /// All stashes but the last one are in the log of the reference only.
    private mutating func readStashes(in files: borrowing Beneath) throws(WorkspaceError) {
        let log = Self.stashLog
        guard files.status(of: log) != nil else { return }
        guard let bytes = try files.read(log, cap: Self.listCap) else { return unreadable.append(log) }
        for line in GitOutput.lines(bytes) where !line.isEmpty {
            let fields = line.split(separator: " ", maxSplits: 2)
            if fields.count < 2 || !note(String(fields[1])) { unreadable.append(log) }
        }
    }

    private mutating func readLogs(below name: String, in files: borrowing Beneath, depth: Int) throws(WorkspaceError) {
        guard let status = files.status(of: name) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, depth < Self.maxDepth else { return unreadable.append(name) }
        for entry in try files.names(in: name) ?? [] where !entry.hasSuffix(".lock") {
            let path = "\(name)/\(entry)"
            if path == Self.stashLog { continue }
            if files.status(of: path).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true {
                try readLogs(below: path, in: files, depth: depth + 1)
            } else if try !readLog(path, in: files) {
                unreadable.append(path)
            }
        }
    }

    /// Every line begins with what the reference named before, and what after.
    private mutating func readLog(_ path: String, in files: borrowing Beneath) throws(WorkspaceError) -> Bool {
        guard let bytes = try files.read(path, cap: Self.logCap) else { return false }
        let length = objectFormat.zero.utf8.count
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.prefix(2 * length + 1).split(separator: UInt8(ascii: " "))
            guard fields.count == 2, fields.allSatisfy({ $0.count == length }) else { return false }
            for field in fields {
                guard let object = CommitID(rawValue: String(decoding: field, as: UTF8.self)) else { return false }
                if object.rawValue != objectFormat.zero { logged.insert(object.rawValue) }
            }
            guard logged.count <= Self.mostLogged else { return false }
        }
        return true
    }

    /// Notes the object that a line begins with; returns false where it begins with none.
    private mutating func note(_ line: String) -> Bool {
        let name = String(line.prefix { $0 != " " })
        guard name.utf8.count == objectFormat.zero.utf8.count, let object = CommitID(rawValue: name) else {
            return false
        }
        if object.rawValue != objectFormat.zero { objects.insert(object.rawValue) }
        return true
    }
}
