import Domain
import Runner

/// Where a restore has left the workspace of a task whose work is proven.
struct RestoredWork: Hashable {
    /// The checkpoint whose files are in the workspace.
    var present: Int
    /// The checkpoint that the checks have proven; `nil` where none has those files.
    var proven: Int?

    /// With checkpoints in their order; `nil` where the files are those that are proven, or nothing is.
    init?(of task: TaskRecord, checkpoints: [Checkpoint], receipts: [CheckReceipt]) {
        guard task.status == .done, let last = checkpoints.last, last.cause == .restored,
            let proof = receipts.last(where: { $0.verdict.isPassed }), proof.tree != last.tree
        else { return nil }
        let made = checkpoints.filter { !$0.cause.isOfRestore }
        present = made.last { $0.tree == last.tree }?.number ?? last.number
        proven = made.last { $0.tree == proof.tree }?.number
    }

    var words: String {
        "at checkpoint \(present); proven is \(proven.map { "checkpoint \($0)" } ?? "what other files were")"
    }
}

extension TaskDossier {
    var restoredWork: RestoredWork? { RestoredWork(of: task, checkpoints: checkpoints, receipts: receipts) }
}
