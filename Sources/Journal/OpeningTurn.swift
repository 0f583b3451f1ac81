import Glibc

/// The turn of one process to open the journal.
///
/// Neither the switch to write-ahead mode nor GRDB's migrations bear several processes that do it at once: the slower
/// one would find the file locked, or half of the tables. What is locked is the journal's directory, so that no file is
/// left behind; the kernel ends the turn with the process.
struct OpeningTurn {
    private let descriptor: Int32

    /// Waits for the turn.
    init(_ journal: String) throws(JournalError) {
        let directory = journal.lastIndex(of: "/").map { journal[...$0] } ?? "."
        descriptor = open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unusable(path: journal, message: String(cString: strerror(errno)))
        }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno != EINTR else { continue }
            let code = errno
            close(descriptor)
            throw .lockFailed(path: String(directory), code: code)
        }
    }

    /// Lets the next one in; closing alone is not enough while a copy of the descriptor waits for a child's exec.
    func end() {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
