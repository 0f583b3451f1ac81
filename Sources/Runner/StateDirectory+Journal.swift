import Domain
import Glibc
package import Journal
import Workspaces

extension StateDirectory {
    /// Throws where the journal is gone though there are workspaces: a new one would know of none of them.
    package func requireJournal() throws(JournalError) {
        guard access(journal, F_OK) != 0 else { return }
        let known = Directory.names(in: tasks)
            .compactMap(TaskID.init(rawValue:))
            .filter { WorkspaceSite.found(task: $0, in: task($0).root) != nil }
        guard known.isEmpty else {
            throw .missing(path: journal, tasks: known.count, backup: SQLiteJournal.latestCopy(of: journal))
        }
    }
}
