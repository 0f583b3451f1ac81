import Glibc

/// Access to what lies beneath one directory, where others may put symbolic links at any time.
///
/// Paths are walked component by component with `O_NOFOLLOW`, so no name in them can lead out: the same promise as
/// `openat2` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS`, without needing a kernel for it.
struct Beneath: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// Opens `path`, which is trusted itself.
    init(_ path: String) throws(WorkspaceError) {
        self.path = path
        descriptor = try SystemCall.check("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
    }

    deinit { close(descriptor) }

    /// Returns the bytes of a regular file, or `nil` when there is none of that name or it is larger than `cap`.
    func read(_ name: String, cap: Int) throws(WorkspaceError) -> [UInt8]? {
        let file: Int32
        do {
            file = try openFile(name)
        } catch .fileSystem(_, _, ENOENT), .fileSystem(_, _, ENOTDIR), .copyRefused {
            return nil
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size <= cap else { return nil }
        return try Self.readAll(file, cap: cap, path: name)
    }

    /// Opens a regular file for reading; everything else, as a FIFO that would hang the reader, is refused.
    func openFile(_ name: String) throws(WorkspaceError) -> Int32 {
        let file = try inParent(of: name, creating: false) { (parent, last) throws(WorkspaceError) in
            try Self.openEntry(parent, last, O_RDONLY | O_NONBLOCK, path: name)
        }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .copyRefused(path: name, .notARegularFile)
        }
        return file
    }

    /// Creates a regular file that must not exist yet, with the directories above it.
    func createFile(_ name: String, mode: mode_t) throws(WorkspaceError) -> Int32 {
        try inParent(of: name, creating: true) { (parent, last) throws(WorkspaceError) in
            let file = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            if file < 0, errno == EEXIST { throw .copyRefused(path: name, .alreadyThere) }
            return try SystemCall.check("create", name) { file }
        }
    }

    /// Returns the names in a directory, or `nil` when there is none of that name.
    func names(in name: String) throws(WorkspaceError) -> [String]? {
        let directory: Int32
        do {
            directory = try inParent(of: name, creating: false) { (parent, last) throws(WorkspaceError) in
                try Self.openEntry(parent, last, O_RDONLY | O_DIRECTORY, path: name)
            }
        } catch .fileSystem(_, _, ENOENT), .copyRefused {
            return nil
        }
        guard let stream = fdopendir(directory) else {
            let code = errno
            close(directory)
            throw .fileSystem(operation: "list", path: name, code: code)
        }
        defer { closedir(stream) }
        return FileTree.names(in: stream).filter { $0 != "." && $0 != ".." }
    }

    /// Removes a file or link, if it is there.
    func unlink(_ name: String) throws(WorkspaceError) {
        do {
            _ = try inParent(of: name, creating: false) { (parent, last) throws(WorkspaceError) in
                if unlinkat(parent, last, 0) == 0 || errno == ENOENT { return 0 }
                throw .fileSystem(operation: "remove", path: name, code: errno)
            }
        } catch .fileSystem(_, _, ENOENT) {
            return
        }
    }

    /// Returns what `lstat` says about `name`, or `nil` when it cannot be reached.
    func status(of name: String) -> stat? {
        var status = stat()
        do {
            let result = try inParent(of: name, creating: false) { (parent, last) throws(WorkspaceError) in
                fstatat(parent, last, &status, AT_SYMLINK_NOFOLLOW)
            }
            return result == 0 ? status : nil
        } catch {
            // Not reachable without a link is the answer asked for.
            return nil
        }
    }

    private func inParent(
        of name: String,
        creating: Bool,
        _ body: (Int32, String) throws(WorkspaceError) -> Int32
    ) throws(WorkspaceError) -> Int32 {
        let components = try Self.components(of: name)
        var parent = try SystemCall.check("open", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        defer { close(parent) }
        for component in components.dropLast() {
            if creating, mkdirat(parent, component, 0o755) != 0, errno != EEXIST {
                throw .fileSystem(operation: "create", path: component, code: errno)
            }
            let next = try Self.openEntry(parent, component, O_RDONLY | O_DIRECTORY, path: name)
            close(parent)
            parent = next
        }
        return try body(parent, components[components.count - 1])
    }

    private static func openEntry(
        _ parent: Int32,
        _ name: String,
        _ flags: Int32,
        path: String
    ) throws(WorkspaceError) -> Int32 {
        let entry = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC, 0)
        guard entry < 0 else { return entry }
        // With O_DIRECTORY a link is reported as ENOTDIR, like a file in the place of a directory.
        if errno == ELOOP || errno == ENOTDIR { throw .copyRefused(path: path, .symbolicLink) }
        if errno == ENXIO { throw .copyRefused(path: path, .notARegularFile) }
        throw .fileSystem(operation: "open", path: path, code: errno)
    }

    private static func components(of name: String) throws(WorkspaceError) -> [String] {
        let components = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isInside = components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
        guard isInside else { throw .copyRefused(path: name, .outsideRepository) }
        return components
    }

    static func readAll(_ file: Int32, cap: Int, path: String) throws(WorkspaceError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= cap {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .fileSystem(operation: "read", path: path, code: errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
        return nil
    }
}
