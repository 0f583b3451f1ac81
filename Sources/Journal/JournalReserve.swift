import Glibc

/// Room on the disk that is given up when the disk is full, so that the journal can still say why everything stopped.
///
/// A file beside the journal, shared by all processes that use it; the next one that opens the journal with room makes it anew.
struct JournalReserve {
    /// The journal's path.
    let journal: String

    /// Bytes: the last lines of some hundred tasks.
    private static let size: off_t = 4 << 20
    /// Bytes that have to be free for it to be made.
    private static let leastFree: UInt64 = 16 << 20

    private var path: String { "\(journal).reserve" }

    /// Makes it where there is none.
    ///
    /// What cannot be made is missed only where the disk is full by then.
    func make() {
        guard !isKept, hasRoom else { return }
        unlink(path)
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        if posix_fallocate(file, 0, Self.size) != 0 { unlink(path) }
    }

    /// Whether it is there, whole.
    var isKept: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size == Self.size
    }

    func giveUp() {
        unlink(path)
    }

    private var hasRoom: Bool {
        var status = statvfs()
        guard statvfs(journal, &status) == 0 else { return false }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
            >= Self.leastFree
    }
}
