import CLinux
import FoundationEssentials
import Glibc

/// The files in which a supervised process leaves its output and its end.
///
/// They are written without makima, and are complete whatever becomes of it.
package struct Spool: Hashable, Sendable {
    /// How far the process came, by its record.
    package enum State: Hashable, Sendable {
        /// Nothing is recorded: it was not started, or its start is not known to have succeeded.
        case empty
        /// It runs, or its shim was killed.
        case started
        /// Its program could not be executed.
        case launchFailed(errno: Int32)
        case ended(ExitRecord)
    }

    /// An existing directory that holds no other spool.
    package let directory: String

    package init(_ directory: String) {
        self.directory = directory
    }

    package var outputPath: String { "\(directory)/stdout" }
    package var errorOutputPath: String { "\(directory)/stderr" }
    package var recordPath: String { "\(directory)/record" }
    /// What a program that reads while it works is given to read.
    package var inputPath: String { "\(directory)/input" }
    /// The socket at which another makima can take the program over.
    static let doorName = "door"

    /// Reads the record; also that of a process which a former makima started.
    package func state() throws(ProcessError) -> State {
        guard let line = try lines().last else { return .empty }
        guard let state = line.state else { throw .damagedRecord(path: recordPath) }
        return state
    }

    /// The inodes of the pipes that the program wrote to; empty where it wrote into the files, or was not started.
    func outputPipes() throws(ProcessError) -> [UInt64] {
        (try lines().first?.pipes ?? []).filter { $0 != 0 }
    }

    /// Whether output of a process that has ended may be missing: its shim, through which it went, was killed, and with
    /// it went what it had not written yet.
    package func mayLackOutput() throws(ProcessError) -> Bool {
        switch try state() {
        case .empty, .launchFailed: return false
        case .ended(let record) where record.cause != .lost: return false
        case .started, .ended: return try !outputPipes().isEmpty
        }
    }

    private func lines() throws(ProcessError) -> [ExitRecordLine] {
        guard let bytes = SmallFile.read(recordPath, atMost: 4096) else {
            if errno == ENOENT { return [] }
            throw .systemCallFailed("read", subject: recordPath, errno: errno)
        }
        // What follows the last line feed is empty, or a line that a full disk cut short.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        do {
            return try lines.map { try JSONDecoder().decode(ExitRecordLine.self, from: Data($0)) }
        } catch {
            throw .damagedRecord(path: recordPath)
        }
    }

    /// The whole output of a process that has ended.
    package func contents() -> SpoolOutput {
        SpoolOutput(spool: self, source: nil)
    }

    /// What the program was given to read while it worked; `nil` where it was given its input once and for all.
    package func input() throws(ProcessError) -> [UInt8]? {
        if let bytes = SmallFile.read(inputPath, atMost: .max) { return bytes }
        guard errno == ENOENT else { throw .systemCallFailed("read", subject: inputPath, errno: errno) }
        return nil
    }

    /// The end of standard error as text.
    func lastErrorText() -> String {
        let bytes = SmallFile.read(errorOutputPath, atMost: 64 << 10) ?? []
        var text = Substring(decoding: bytes.suffix(4096), as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

extension Spool {
    /// The descriptors that a shim writes the files through.
    struct Writers: ~Copyable {
        let output: Descriptor
        let errorOutput: Descriptor
        let record: Descriptor
    }

    func create(withInput hasInput: Bool = false) throws(ProcessError) -> Writers {
        if hasInput { _ = try create(inputPath) }
        let output = try create(outputPath)
        let errorOutput = try create(errorOutputPath)
        let record = try create(recordPath)
        // The record must find room on a disk that the process itself has filled. Not every file system can promise
        // that.
        cs_reserve(record.number, 4096)
        return Writers(output: output, errorOutput: errorOutput, record: record)
    }

    private func create(_ path: String) throws(ProcessError) -> Descriptor {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 || errno != EEXIST else { throw .spoolExists(path) }
        return try Descriptor(adopting: descriptor, "open", path)
    }
}
