import Glibc
import Synchronization

/// The right to run a task, held by one process at a time.
///
/// The kernel lets go of it when the process ends, however it ends: a task that is active and whose lock is free has lost
/// its owner. The file holds the owner's process number, for `makima stop`.
///
/// Two bytes of the file are locked: the first is the right, the second says that the number in the file is the
/// holder's and not one that a dead owner left. The locks belong to the open file (OFD), not to the process, so that
/// closing another descriptor of the same file does not drop them; and unlike with `flock` one can look at them
/// without taking them, so nobody who looks can be in the way of somebody who acquires.
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
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .lockFailed(path: path, code: errno) }
        let isOwner = FileLock.take(.right, of: descriptor)
        let owner = Array("\(getpid())\n".utf8)
        if isOwner, ftruncate(descriptor, 0) == 0, pwrite(descriptor, owner, owner.count, 0) == owner.count,
            FileLock.take(.number, of: descriptor)
        {
            return OwnerLock(descriptor: descriptor)
        }
        let code = errno
        close(descriptor)
        guard !isOwner, code == EAGAIN || code == EACCES else { throw .lockFailed(path: path, code: code) }
        return nil
    }

    /// The process that holds the lock at `path`; `nil` when none does, or when it took it just now.
    package static func owner(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // A number that is the same before and after was there while the second byte was locked.
        let number = readNumber(descriptor)
        guard FileLock.isTaken(.number, of: descriptor), readNumber(descriptor) == number else { return nil }
        return number
    }

    private static func readNumber(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 1 ? Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)) : nil
    }

    /// Lets go of the lock.
    ///
    /// A second call does nothing.
    package func release() {
        let held = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let held { close(held) }
    }
}

/// Locks on single bytes that belong to an open file.
///
/// Glibc's Swift module lacks the commands' names.
private enum FileLock {
    enum Byte: off_t {
        case right = 0
        case number = 1
    }

    /// `F_OFD_GETLK` and `F_OFD_SETLK` of `fcntl.h`, the same on every Linux.
    private static let look: Int32 = 36
    private static let set: Int32 = 37

    static func take(_ byte: Byte, of descriptor: Int32) -> Bool {
        var request = request(byte)
        return fcntl(descriptor, set, &request) == 0
    }

    static func isTaken(_ byte: Byte, of descriptor: Int32) -> Bool {
        var request = request(byte)
        return fcntl(descriptor, look, &request) == 0 && request.l_type != Int16(F_UNLCK)
    }

    private static func request(_ byte: Byte) -> flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: byte.rawValue, l_len: 1, l_pid: 0)
    }
}
