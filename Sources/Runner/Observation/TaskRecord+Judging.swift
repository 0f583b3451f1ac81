package import Domain
import LoopCore

extension TaskRecord {
    /// The iteration whose checks are not over, or are owed: what was found about it is not complete.
    package var iterationBeingJudged: Int? {
        switch LoopState.decode(loopMemory)?.state {
        case .checking(let report), .stopping(_, .checks(let report)): report.number
        case .ready, .iterating, .waiting, .stopping, .stopped, nil: nil
        }
    }
}
