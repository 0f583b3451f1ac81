import Glibc

/// A file that a scenario writes or deletes.
struct ScriptFile {
    private let path: String
    private let name: String

    init(directory: String, path name: String) {
        self.name = name
        path = directory + "/" + name
    }

    /// Makes the file, and its directory where there is none.
    func write(_ content: String) throws(ScriptFileError) {
        try makeParents()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(path: name, code: errno) }
        defer { close(descriptor) }
        var rest = Array(content.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .cannotWrite(path: name, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    func delete() throws(ScriptFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .cannotDelete(path: name, code: errno) }
    }

    private func makeParents() throws(ScriptFileError) {
        for (index, byte) in path.utf8.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
            let parent = String(decoding: path.utf8.prefix(index), as: UTF8.self)
            guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw .cannotWrite(path: name, code: errno) }
        }
    }
}

/// What a scenario could not do.
enum ScriptFileError: Error, Hashable, CustomStringConvertible {
    case cannotWrite(path: String, code: Int32)
    case cannotDelete(path: String, code: Int32)

    var description: String {
        switch self {
        case .cannotWrite(let path, let code): "Cannot write '\(path)': \(String(cString: strerror(code)))."
        case .cannotDelete(let path, let code): "Cannot delete '\(path)': \(String(cString: strerror(code)))."
        }
    }
}
