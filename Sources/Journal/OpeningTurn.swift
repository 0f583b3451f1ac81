import Glibc

/// The turn of one process to open the journal.
///
/// Neither the switch to write-ahead mode nor GRDB's migrations bear several processes that do it at once: the slower
/// one would find the file locked, or half of the tables. What is locked is the journal's directory, so that no file is
/// left behind; the kernel ends the turn with the process.
struct OpeningTurn {
    private let descriptor: Int32

    /// Waits for the turn.
    static func wait(for journal: String) throws(JournalError) -> OpeningTurn {
        guard let turn = try OpeningTurn(journal, waits: true) else {
            throw .lockFailed(path: journal, code: EWOULDBLOCK)
        }
        return turn
    }

    /// Returns `nil` where somebody else has the turn.
    static func take(for journal: String) throws(JournalError) -> OpeningTurn? {
        try OpeningTurn(journal, waits: false)
    }

    private init?(_ journal: String, waits: Bool) throws(JournalError) {
        let directory = journal.lastIndex(of: "/").map { journal[...$0] } ?? "."
        descriptor = open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unusable(path: journal, message: String(cString: strerror(errno)))
        }
        while flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            guard errno != EINTR else { continue }
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK, !waits { return nil }
            throw .lockFailed(path: String(directory), code: code)
        }
    }

    /// Lets the next one in; closing alone is not enough while a copy of the descriptor waits for a child's exec.
    func end() {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
