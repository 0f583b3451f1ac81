import Glibc

/// Reads and writes whole files.
enum Files {
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(BenchError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file(path: path, operation: "opened", code: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let complete = bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        guard complete else { throw .file(path: path, operation: "written", code: errno) }
    }

    /// Returns the text of a file, or `nil` where it cannot be read: files of `/proc` vanish at any moment.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    static func makeDirectory(_ path: String) throws(BenchError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw .file(path: path, operation: "made", code: errno)
        }
    }

    static func size(_ path: String) throws(BenchError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .file(path: path, operation: "looked at", code: errno) }
        return Int(status.st_size)
    }

    /// Returns the paths that a shell pattern stands for.
    static func matching(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc))
            .compactMap { index in
                found.gl_pathv[index].map { String(cString: $0) }
            }
    }
}
