import Domain
import Glibc
import Processes

/// How long a process worked whose owner died before it could say so.
enum LostTime {
    /// As its shim recorded it; where the shim was killed too, as its guard did, or else until
    /// the last sign of life in the spool.
    static func of(_ spool: Spool) -> Duration {
        do {
            switch try spool.state() {
            case .ended(let record): return record.duration
            case .empty, .launchFailed: return .zero
            case .started: return untilLastOutput(spool)
            }
        } catch {
            // A record that cannot be read says at least when it was written.
            return untilLastOutput(spool)
        }
    }

    /// The record was last written when the program was started.
    private static func untilLastOutput(_ spool: Spool) -> Duration {
        let times = [spool.outputPath, spool.errorOutputPath].compactMap(modified)
        guard let start = modified(spool.recordPath), let end = times.max() else { return .zero }
        return max(.zero, end - start)
    }

    private static func modified(_ path: String) -> Duration? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
    }
}
