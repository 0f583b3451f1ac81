import Glibc
import Synchronization

/// The standard input of a program that reads while it works.
///
/// What is written goes into a file of the spool, and from there the shim hands it on when the program is ready to read. So it
/// is given to the program once, whenever makima dies. What is written to one that has ended, or that has closed its input,
/// is lost: whoever must know waits for an answer.
package final class InputFile: Sendable {
    private let path: String
    private let control: ControlChannel
    /// `nil` once it is closed.
    private let file: Mutex<Int32?>

    init(_ path: String, _ control: ControlChannel) throws(ProcessError) {
        self.path = path
        self.control = control
        let flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        file = Mutex(try Descriptor(adopting: open(path, flags), "open", path).release())
    }

    deinit { closeFile() }

    /// Hands `bytes` over, after everything that was handed over before.
    ///
    /// Throws where the disk does not take them all; the program must not read on then.
    package func write(_ bytes: [UInt8]) throws(ProcessError) {
        let failure = file.withLock { file -> Int32? in
            guard let file else { return nil }
            return Self.write(bytes, to: file)
        }
        if let failure { throw .systemCallFailed("write", subject: path, errno: failure) }
        control.send(.moreInput)
    }

    /// Closes the input once everything is read; the program reads its end then.
    package func close() {
        closeFile()
        control.send(.lastInput)
    }

    private func closeFile() {
        file.withLock { file in
            if let file { Glibc.close(file) }
            file = nil
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
