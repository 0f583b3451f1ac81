import Commands
import Domain
import Journal
import Runner

/// Looks whether the journal can be read, all of it.
struct JournalInspection: Sendable {
    let host: HostFacts

    private static let subject = "journal"

    var finding: Diagnosis {
        let state = StateDirectory(root: host.stateDirectory)
        let path = state.journal
        do {
            try state.requireJournal()
        } catch {
            return Diagnosis(subject: Self.subject, verdict: .broken, finding: error.description, hint: error.hint)
        }
        return switch SQLiteJournal.inspect(path) {
        case .missing: Diagnosis(subject: Self.subject, verdict: .fine, finding: "There is none yet.")
        case .sound(let tasks, let damaged, _) where damaged.isEmpty:
            Diagnosis(
                subject: Self.subject,
                verdict: .fine,
                finding: "\(path), \(tasks) \(tasks == 1 ? "task" : "tasks")."
            )
        case .sound(_, let damaged, let backup):
            Diagnosis(
                subject: Self.subject,
                verdict: .warning,
                finding: "The rows of these tasks are damaged: \(damaged.map(\.id).listed(atMost: 5)).",
                hint: "Their files are as they were, in '\(host.stateDirectory)/tasks'."
                    + (backup.map { " The latest backup of the journal is '\($0)'." } ?? "")
            )
        case .unusable(let error):
            Diagnosis(subject: Self.subject, verdict: .broken, finding: error.description, hint: error.hint)
        }
    }
}
