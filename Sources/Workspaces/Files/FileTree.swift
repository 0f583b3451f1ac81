import Glibc

/// Making and removing trees of makima's own.
enum FileTree {
    /// Creates `path` and what is missing above it, readable by its owner only.
    static func makeDirectories(_ path: String) throws(WorkspaceError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .fileSystem(operation: "create", path: path, code: errno)
        }
        try makeDirectories(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .fileSystem(operation: "create", path: path, code: errno)
        }
    }

    /// Makes a directory of its own below `parent` and returns its path.
    static func makeTemporaryDirectory(in parent: String) throws(WorkspaceError) -> String {
        var template = Array("\(parent)/XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .fileSystem(operation: "create a directory in", path: parent, code: errno)
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes a file in one step: a reader sees the old one or the new one, whole.
    static func write(_ bytes: [UInt8], to path: String) throws(WorkspaceError) {
        let temporary = "\(path).new"
        let file = try SystemCall.check("write", temporary) {
            open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        do {
            defer { close(file) }
            try writeAll(bytes[...], to: file, path: temporary)
        }
        _ = try SystemCall.check("rename", temporary) { rename(temporary, path) }
    }

    /// Writes a file that need not outlive the moment: on some file systems, each new file costs as much as a program.
    static func overwrite(_ bytes: [UInt8], at path: String) throws(WorkspaceError) {
        let file = try SystemCall.check("write", path) {
            open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        defer { close(file) }
        try writeAll(bytes[...], to: file, path: path)
    }

    static func writeAll(_ bytes: ArraySlice<UInt8>, to file: Int32, path: String) throws(WorkspaceError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .fileSystem(operation: "write", path: path, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Returns the second since 1970 in which a file was written last, `nil` when there is none.
    static func modificationSecond(of path: String) -> Int? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Returns the names in a directory of the user's or of makima's own.
    static func names(in path: String) throws(WorkspaceError) -> [String] {
        guard let stream = opendir(path) else { throw .fileSystem(operation: "list", path: path, code: errno) }
        defer { closedir(stream) }
        return names(in: stream)
    }

    /// Whether a directory of makima's own has nothing in it.
    static func isEmpty(_ directory: String) throws(WorkspaceError) -> Bool {
        try names(in: directory).allSatisfy { $0 == "." || $0 == ".." }
    }

    /// Returns the names that are left in an open directory.
    static func names(in stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    /// Copies a regular file; nothing is done when there is none.
    static func copyIfPresent(_ source: String, to target: String) throws(WorkspaceError) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard input >= 0 else {
            if errno == ENOENT { return }
            throw .fileSystem(operation: "open", path: source, code: errno)
        }
        defer { close(input) }
        let output = try SystemCall.check("write", target) {
            open(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        defer { close(output) }
        _ = try copyBytes(from: input, to: output, cap: .max, path: source)
    }

    /// Copies what an open file holds and returns how much it was, or `nil` when it is more than `cap` bytes.
    static func copyBytes(from input: Int32, to output: Int32, cap: Int, path: String) throws(WorkspaceError) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var total = 0
        while true {
            let count = Glibc.read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .fileSystem(operation: "read", path: path, code: errno) }
            if count == 0 { return total }
            total += count
            if total > cap { return nil }
            try writeAll(buffer[..<count], to: output, path: path)
        }
    }

    /// Removes what is at `path`, with everything in it.
    ///
    /// Links are removed, never followed; nothing there is fine.
    static func remove(_ path: String) throws(WorkspaceError) {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else {
            throw .fileSystem(operation: "remove", path: path, code: errno)
        }
        var removal = try TreeRemoval(root: path)
        try removal.run()
        _ = try SystemCall.check("remove", path) { rmdir(path) }
    }
}

/// Empties one directory.
///
/// Every level holds a descriptor, so a tree that is deeper than `maxDepth` is cut: the rest is moved up into the
/// root and emptied from there.
private struct TreeRemoval: ~Copyable {
    private static let maxDepth = 64
    private let root: String
    private let descriptor: Int32
    private var moved = 0

    init(root: String) throws(WorkspaceError) {
        self.root = root
        descriptor = try SystemCall.check("open", root) {
            open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        }
    }

    deinit { close(descriptor) }

    mutating func run() throws(WorkspaceError) {
        repeat {
            try empty(descriptor, depth: 0)
        } while try !Self.entries(of: descriptor, path: root).isEmpty
    }

    private mutating func empty(_ directory: Int32, depth: Int) throws(WorkspaceError) {
        for name in try Self.entries(of: directory, path: root) {
            // The agent may have taken the right to change the directory away.
            if unlinkat(directory, name, 0) != 0, errno == EACCES { fchmod(directory, 0o700) }
            if unlinkat(directory, name, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM else {
                throw .fileSystem(operation: "remove", path: Self.shown(name, in: root), code: errno)
            }
            try removeDirectory(name, in: directory, depth: depth)
        }
    }

    private mutating func removeDirectory(_ name: [CChar], in parent: Int32, depth: Int) throws(WorkspaceError) {
        if depth >= Self.maxDepth { return try moveUp(name, from: parent) }
        let child = try Self.openDirectory(name, in: parent, root: root)
        do {
            defer { close(child) }
            try empty(child, depth: depth + 1)
        }
        _ = try SystemCall.check("remove", Self.shown(name, in: root)) { unlinkat(parent, name, AT_REMOVEDIR) }
    }

    private mutating func moveUp(_ name: [CChar], from parent: Int32) throws(WorkspaceError) {
        while true {
            moved += 1
            if renameat(parent, name, descriptor, ".moved-\(moved)") == 0 { return }
            guard errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR else {
                throw .fileSystem(operation: "move", path: Self.shown(name, in: root), code: errno)
            }
        }
    }

    /// `O_PATH`, which Swift's Glibc module does not show.
    private static let pathOnly: Int32 = 0o10_000_000

    private static func openDirectory(
        _ name: [CChar],
        in parent: Int32,
        root: String
    ) throws(WorkspaceError) -> Int32 {
        let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let child = openat(parent, name, O_RDONLY | flags, 0)
        if child >= 0 { return child }
        guard errno == EACCES else {
            throw .fileSystem(operation: "open", path: shown(name, in: root), code: errno)
        }
        let handle = try SystemCall.check("open", shown(name, in: root)) { openat(parent, name, pathOnly | flags, 0) }
        defer { close(handle) }
        // The way to change the mode of an open O_PATH descriptor; a name could have become a link meanwhile.
        chmod("/proc/self/fd/\(handle)", 0o700)
        return try SystemCall.check("open", shown(name, in: root)) { openat(parent, name, O_RDONLY | flags, 0) }
    }

    private static func shown(_ name: [CChar], in root: String) -> String {
        "\(root)/…/\(String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }

    /// Returns names as C strings: they need not be valid UTF-8.
    private static func entries(of directory: Int32, path: String) throws(WorkspaceError) -> [[CChar]] {
        let copy = try SystemCall.check("open", path) {
            openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw .fileSystem(operation: "list", path: path, code: errno)
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map(CChar.init(bitPattern:)) + [0]
            }
            if name != [0x2e, 0], name != [0x2e, 0x2e, 0] { names.append(name) }
        }
        return names
    }
}
