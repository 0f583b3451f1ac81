package import Domain
import Glibc

/// The ledger of this machine: a small file that all makimas of one state directory share.
package struct LedgerFile: Hashable, Sendable {
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    private static let mostBytes = 16 << 20

    /// Reads the ledger, changes it and writes it, while no other process does; a reader sees the old one or the new one.
    ///
    /// One that cannot be understood is begun anew: then something may be told again.
    package func change<Result>(_ body: (inout NotificationLedger) -> Result) throws(LedgerError) -> Result {
        let lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw LedgerError(path: path, code: errno) }
        // Closing it unlocks it; it is held for the time of one small file.
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw LedgerError(path: path, code: errno) }
        }
        let before = try read()
        var ledger = before
        let result = body(&ledger)
        if ledger != before { try write(ledger) }
        return result
    }

    private func read() throws(LedgerError) -> NotificationLedger {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return NotificationLedger() }
            throw LedgerError(path: path, code: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < Self.mostBytes {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw LedgerError(path: path, code: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        do throws(JSONError) {
            return NotificationLedger(json: try JSONParser.parse(bytes)) ?? NotificationLedger()
        } catch {
            return NotificationLedger()
        }
    }

    private func write(_ ledger: NotificationLedger) throws(LedgerError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw LedgerError(path: path, code: errno) }
        var isWritten = true
        var rest = JSONWriter.bytes(of: ledger.json)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                isWritten = false
                break
            }
            rest = rest.dropFirst(count)
        }
        let code = errno
        close(descriptor)
        guard isWritten else { throw LedgerError(path: path, code: code) }
        guard rename(temporary, path) == 0 else { throw LedgerError(path: path, code: errno) }
    }
}

/// What was told cannot be looked up or noted.
package struct LedgerError: ExplainedError, Hashable {
    package var path: String
    /// An errno.
    package var code: Int32

    package var description: String {
        "What was told cannot be kept in '\(path)': \(String(cString: strerror(code)))."
    }
    package var errorCode: ErrorCode { .environment }
    package var hint: String {
        "Make room, or mend the permissions of the state directory; until then a notification may come twice."
    }
}
