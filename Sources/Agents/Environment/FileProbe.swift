import Glibc
import Processes

/// Looks at one path of the file system.
///
/// "Not there" and "may not be looked at" are the same answer: no.
struct FileProbe {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    var exists: Bool { mode != nil }
    var isFile: Bool { mode.map { $0 & S_IFMT == S_IFREG } ?? false }
    var isDirectory: Bool { mode.map { $0 & S_IFMT == S_IFDIR } ?? false }
    var isExecutable: Bool { access(path, X_OK) == 0 }

    /// Where the symbolic link leads, as it is written; `nil` for anything else.
    var linkTarget: String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(path, base.assumingMemoryBound(to: CChar.self), buffer.count)
            return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
        }
    }

    var realPath: String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    func firstLine(upTo limit: Int) -> String? {
        guard let start = contents(upTo: limit), let end = start.firstIndex(of: 0x0A) else { return nil }
        return String(decoding: start[..<end], as: UTF8.self)
    }

    /// The first `limit` bytes of the file, all of a smaller one; `nil` where it cannot be read.
    func contents(upTo limit: Int) -> [UInt8]? {
        SmallFile.read(path, atMost: limit)
    }

    private var mode: mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }
}
