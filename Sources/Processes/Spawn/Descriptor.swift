import CLinux
import Glibc

/// A file descriptor that is closed when nobody owns it any more.
///
/// Numbers start above those that a child is given, so that arranging a child's descriptors never overwrites one that is
/// still to be arranged.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    /// The lowest number in use by makima itself; a child gets fewer descriptors than that.
    static let lowest: Int32 = 16

    /// Takes over `raw`, the result of the system call `call`.
    init(adopting raw: Int32, _ call: String, _ subject: String) throws(ProcessError) {
        guard raw >= 0 else { throw .systemCallFailed(call, subject: subject, errno: errno) }
        guard raw < Self.lowest else {
            number = raw
            return
        }
        let raised = cs_duplicate(raw, Self.lowest)
        let failure = errno
        close(raw)
        guard raised >= 0 else { throw .systemCallFailed("fcntl", subject: subject, errno: failure) }
        number = raised
    }

    /// Takes over a descriptor that was given up before.
    init(open number: Int32) {
        self.number = number
    }

    deinit { close(number) }

    /// Gives up the descriptor without closing it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}

extension Descriptor {
    static func reading(_ path: String) throws(ProcessError) -> Descriptor {
        try Descriptor(adopting: open(path, O_RDONLY | O_CLOEXEC), "open", path)
    }

    /// An unchangeable file in memory, so that no thread has to feed a pipe and nobody can alter what a program reads.
    static func holding(_ bytes: [UInt8]) throws(ProcessError) -> Descriptor {
        try Descriptor(adopting: cs_sealed_file(bytes, bytes.count), "memfd_create", "standard input")
    }

    static func standardInput(_ input: StandardInput) throws(ProcessError) -> Descriptor {
        switch input {
        case .none: try reading("/dev/null")
        case .bytes(let bytes): try holding(bytes)
        case .file(let path): try reading(path)
        }
    }

    func copy() throws(ProcessError) -> Descriptor {
        try Descriptor(adopting: cs_duplicate(number, Self.lowest), "fcntl", "a descriptor")
    }

    /// Sends a signal to the process that a pidfd means; nothing happens when it has ended.
    func signal(_ signal: Int32) { cs_pidfd_signal(number, signal) }

    static func pidfd(of pid: pid_t) throws(ProcessError) -> Descriptor {
        try Descriptor(adopting: cs_pidfd_open(pid), "pidfd_open", "\(pid)")
    }
}

/// The two ends of a pipe.
struct Pipe: ~Copyable, Sendable {
    private let readEnd: Descriptor
    private let writeEnd: Descriptor

    private init(readEnd: consuming Descriptor, writeEnd: consuming Descriptor) {
        self.readEnd = readEnd
        self.writeEnd = writeEnd
    }

    static func make() throws(ProcessError) -> Pipe {
        var ends: [Int32] = [-1, -1]
        guard cs_pipe(&ends) == 0 else { throw .systemCallFailed("pipe2", subject: "a new pipe", errno: errno) }
        let readEnd: Descriptor
        do {
            readEnd = try Descriptor(adopting: ends[0], "fcntl", "a new pipe")
        } catch {
            close(ends[1])
            throw error
        }
        return Pipe(readEnd: readEnd, writeEnd: try Descriptor(adopting: ends[1], "fcntl", "a new pipe"))
    }

    var readNumber: Int32 { readEnd.number }
    var writeNumber: Int32 { writeEnd.number }

    /// Closes the end that was given to a child.
    consuming func keepingReadEnd() -> Descriptor { readEnd }

    /// Closes the end that was given to a child.
    consuming func keepingWriteEnd() -> Descriptor { writeEnd }

    /// Gives up both ends without closing them.
    consuming func release() -> (readEnd: Int32, writeEnd: Int32) { (readEnd.release(), writeEnd.release()) }
}
