import Domain
import Glibc
package import Journal

extension StateDirectory {
    /// Throws where the journal is gone, or empty, though there are files of tasks or a copy of it: a new one would know of
    /// none of them.
    package func requireJournal() throws(JournalError) {
        var status = stat()
        if stat(journal, &status) == 0 {
            guard status.st_size == 0 else { return }
        } else if errno != ENOENT {
            throw .unusable(path: journal, message: String(cString: strerror(errno)))
        }
        let known = Directory.names(in: tasks).compactMap(TaskID.init(rawValue:))
        let copy = SQLiteJournal.latestCopy(of: journal)
        guard known.isEmpty, copy == nil else {
            throw .missing(path: journal, tasks: known.count, backup: copy)
        }
    }
}
