import Glibc
import Synchronization

/// The right to run a task, held by one process at a time.
///
/// The kernel lets go of it when the process ends, however it ends: a task that is active and whose lock is free has lost
/// its owner. The file holds the owner's process number, for `makima stop`.
package final class OwnerLock: Sendable {
    private let descriptor: Mutex<Int32?>

    private init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Takes the lock at `path`, making the file if needed; `nil` while another process, or another holder, has it.
    package static func acquire(_ path: String) throws(JournalError) -> OwnerLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .lockFailed(path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .lockFailed(path: path, code: code) }
            return nil
        }
        let owner = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, owner, owner.count) == owner.count else {
            let code = errno
            close(descriptor)
            throw .lockFailed(path: path, code: code)
        }
        return OwnerLock(descriptor: descriptor)
    }

    /// The process that holds the lock at `path`; `nil` when none does.
    package static func owner(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 1 ? Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)) : nil
    }

    /// Lets go of the lock. A second call does nothing.
    package func release() {
        let held = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let held { close(held) }
    }
}
