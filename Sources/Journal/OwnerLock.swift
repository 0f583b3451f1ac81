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
        do throws(JournalError) {
            guard try FileLock.take(.right, of: descriptor, path) else {
                close(descriptor)
                return nil
            }
            try writeNumber(descriptor, path)
            _ = try FileLock.take(.number, of: descriptor, path)
            return OwnerLock(descriptor: descriptor)
        } catch {
            FileLock.releaseAll(of: descriptor)
            close(descriptor)
            throw error
        }
    }

    /// Takes over the open file of a dead owner, which holds the lock at `path`, from whoever inherited it.
    ///
    /// Throws where it is another file; the descriptor is closed then.
    package static func adopt(_ descriptor: Int32, _ path: String) throws(JournalError) -> OwnerLock {
        var (held, named) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else {
            close(descriptor)
            throw .lockFailed(path: path, code: ESTALE)
        }
        do throws(JournalError) {
            // The locks belong to the open file: these are held already.
            guard try FileLock.take(.right, of: descriptor, path) else { throw .lockFailed(path: path, code: EAGAIN) }
            try writeNumber(descriptor, path)
            _ = try FileLock.take(.number, of: descriptor, path)
            return OwnerLock(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func writeNumber(_ descriptor: Int32, _ path: String) throws(JournalError) {
        let number = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, number, number.count, 0) == number.count else {
            throw .lockFailed(path: path, code: errno)
        }
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

    /// Only a complete number of one process: 0 and below would mean whole groups to who sends it a signal.
    private static func readNumber(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 1, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
        return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The open file that the lock belongs to; `nil` when it was let go.
    ///
    /// A process that inherits it keeps the lock beyond this one's death: so the agent's supervisor holds the task until
    /// nothing of the agent is left.
    package var inheritable: Int32? { descriptor.withLock { $0 } }

    /// Lets go of the lock.
    ///
    /// A second call does nothing.
    package func release() {
        let held = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        guard let held else { return }
        // Closing alone is not enough: a program being started right now has a copy of the descriptor until its exec.
        FileLock.releaseAll(of: held)
        close(held)
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

    /// Returns false when another open file has it.
    static func take(_ byte: Byte, of descriptor: Int32, _ path: String) throws(JournalError) -> Bool {
        var request = request(byte)
        guard fcntl(descriptor, set, &request) != 0 else { return true }
        guard errno == EAGAIN || errno == EACCES else { throw .lockFailed(path: path, code: errno) }
        return false
    }

    static func isTaken(_ byte: Byte, of descriptor: Int32) -> Bool {
        var request = request(byte)
        return fcntl(descriptor, look, &request) == 0 && request.l_type != Int16(F_UNLCK)
    }

    static func releaseAll(of descriptor: Int32) {
        // Zero bytes from the first one are all bytes. This cannot fail on a descriptor that is open.
        var request = flock(l_type: Int16(F_UNLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        _ = fcntl(descriptor, set, &request)
    }

    private static func request(_ byte: Byte) -> flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: byte.rawValue, l_len: 1, l_pid: 0)
    }
}
