import FoundationEssentials
import Glibc

/// A directory of a test's own, removed with everything in it when the value goes away.
package final class TemporaryDirectory: Sendable {
    /// Absolute, without symbolic links.
    package let path: String

    package init(_ label: String = "makima-test", in parent: String = "/tmp") {
        var template = Array("\(parent)/\(label).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed: \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // A test that made its own directory unremovable is seen by the leftover check of scripts/soundness.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file below the directory, with the directories above it.
    @discardableResult
    package func write(_ text: String, to name: String, mode: UInt32 = 0o644) -> String {
        let file = "\(path)/\(name)"
        makeParents(of: file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        precondition(descriptor >= 0, "Cannot write \(file): \(errno)")
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count, "Short write to \(file)")
        fchmod(descriptor, mode)
        return file
    }

    package func read(_ name: String) -> String? {
        TestFiles.read("\(path)/\(name)")
    }

    private func makeParents(of file: String) {
        for (index, character) in file.enumerated() where character == "/" && index > 0 {
            mkdir(String(file.prefix(index)), 0o755)
        }
    }
}

/// Small file access for tests.
package enum TestFiles {
    /// Returns the file's text, or `nil` when it cannot be read.
    package static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
