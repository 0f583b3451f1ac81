import Glibc

/// Reads a file: whole, or in pieces while it grows.
struct FileReader {
    let path: String

    /// Why a file cannot be read, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String
        var isMissing = false

        var description: String { "'\(path)' cannot be read: \(reason)." }
    }

    /// Returns the whole of any file, a pipe too, but at most `limit` bytes of it.
    func readToEnd(upTo limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        return try Self.readToEnd(of: descriptor, path: path, upTo: limit)
    }

    /// As ``readToEnd(upTo:)``, of an open file; `path` is for the error.
    static func readToEnd(of descriptor: Int32, path: String, upTo limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let result = Glibc.read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw FileReader(path: path).failure(errno) }
            guard result > 0 else { break }
            bytes += buffer[..<result]
        }
        return bytes
    }

    /// Returns what there is from `offset`, at most `limit` bytes; nothing at or after the end.
    func read(from offset: Int, upTo limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(path: path, reason: "it is no regular file") }
        let available = min(limit, max(0, Int(status.st_size) - offset))
        guard available > 0 else { return [] }
        return try readExactly(available, at: offset, from: descriptor)
    }

    private func readExactly(_ count: Int, at offset: Int, from descriptor: Int32) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
            }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw failure(errno) }
            guard result > 0 else { break }
            done += result
        }
        return Array(bytes.prefix(done))
    }

    private func failure(_ code: Int32) -> Failure {
        Failure(path: path, reason: String(cString: strerror(code)), isMissing: code == ENOENT)
    }
}
