import Glibc
import Synchronization

/// The right to run a task, held by one process at a time.
///
/// The kernel lets go of it when the last process that has the open file ends, however it ends: a task that is active and whose
/// lock is free has lost its owner. The file holds the owner's process number, for `makima stop`.
///
/// Two bytes of the file are locked. The first is the right; the agent's supervisor inherits it, and holds it beyond the owner's
/// death. The second says that the number in the file is that of a living owner: no other process ever has it, so that neither a
/// zombie nor another process of the same number is taken for one. The locks belong to open files (OFD), not to the process, so
/// that closing another descriptor of the same file does not drop them; and unlike with `flock` one can look at them without
/// taking them, so nobody who looks can be in the way of somebody who acquires.
package final class OwnerLock: Sendable {
    private let files: Mutex<Files?>

    private struct Files {
        let right: Int32
        let number: Int32
    }

    private init(_ files: Files) {
        self.files = Mutex(files)
    }

    deinit {
        release()
    }

    /// Takes the lock at `path`, making the file if needed; `nil` while another process, or another holder, has it.
    package static func acquire(_ path: String) throws(JournalError) -> OwnerLock? {
        let right = try open(path)
        do throws(JournalError) {
            guard try FileLock.take(.right, of: right, path) else {
                close(right)
                return nil
            }
            return OwnerLock(Files(right: right, number: try sign(path)))
        } catch {
            FileLock.releaseAll(of: right)
            close(right)
            throw error
        }
    }

    /// Takes over the open file of a dead owner, which holds the lock at `path`, from whoever inherited it.
    ///
    /// Throws where it is another file; the descriptor is closed then.
    package static func adopt(_ descriptor: Int32, _ path: String) throws(JournalError) -> OwnerLock {
        let right = try raised(descriptor, path)
        do throws(JournalError) {
            var (held, named) = (stat(), stat())
            guard fstat(right, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            else { throw .lockFailed(path: path, code: ESTALE) }
            // The lock belongs to the open file: this one has it already.
            guard try FileLock.take(.right, of: right, path) else { throw .lockFailed(path: path, code: EAGAIN) }
            return OwnerLock(Files(right: right, number: try sign(path)))
        } catch {
            close(right)
            throw error
        }
    }

    private static func open(_ path: String) throws(JournalError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .lockFailed(path: path, code: errno) }
        return try raised(descriptor, path)
    }

    /// Moves the descriptor above the numbers that programs are given when they are started: those are made one after the other,
    /// and one that is still to be handed on must not be overwritten.
    private static func raised(_ descriptor: Int32, _ path: String) throws(JournalError) -> Int32 {
        guard descriptor < lowest else { return descriptor }
        let raised = fcntl(descriptor, duplicate, lowest)
        let failure = errno
        close(descriptor)
        guard raised >= 0 else { throw .lockFailed(path: path, code: failure) }
        return raised
    }

    /// `F_DUPFD_CLOEXEC` of `fcntl.h`, the same on every Linux.
    private static let duplicate: Int32 = 1030
    private static let lowest: Int32 = 16

    /// Writes this process's number, and says that it lives.
    private static func sign(_ path: String) throws(JournalError) -> Int32 {
        let file = try open(path)
        do throws(JournalError) {
            let number = Array("\(getpid())\n".utf8)
            guard ftruncate(file, 0) == 0, pwrite(file, number, number.count, 0) == number.count else {
                throw .lockFailed(path: path, code: errno)
            }
            _ = try FileLock.take(.number, of: file, path)
            return file
        } catch {
            close(file)
            throw error
        }
    }

    /// The living process that holds the lock at `path`; `nil` when none does, or when it took it just now.
    package static func owner(_ path: String) -> Int32? {
        look(at: path) { descriptor in
            // A number that is the same before and after was there while the second byte was locked.
            let number = readNumber(descriptor)
            guard FileLock.isTaken(.number, of: descriptor), readNumber(descriptor) == number else { return nil }
            return number
        }
    }

    /// Whether the lock at `path` is held, be it only by what a dead owner had started.
    package static func isHeld(_ path: String) -> Bool {
        look(at: path) { FileLock.isTaken(.right, of: $0) } ?? false
    }

    private static func look<Result>(at path: String, _ body: (Int32) -> Result?) -> Result? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return body(descriptor)
    }

    /// Only a complete number of one process: 0 and below would mean whole groups to who sends it a signal.
    private static func readNumber(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 1, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
        return Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The open file that the right belongs to; `nil` when it was let go.
    ///
    /// A process that inherits it keeps the right beyond this one's death: so the agent's supervisor holds the task until
    /// nothing of the agent is left.
    package var inheritable: Int32? { files.withLock { $0?.right } }

    /// Lets go of the lock.
    ///
    /// A second call does nothing.
    package func release() {
        let held = files.withLock { files in
            defer { files = nil }
            return files
        }
        guard let held else { return }
        // Closing alone is not enough: a program being started right now has a copy of the descriptor until its exec.
        for file in [held.number, held.right] {
            FileLock.releaseAll(of: file)
            close(file)
        }
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
