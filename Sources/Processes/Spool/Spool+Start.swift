package import Domain
import Glibc

extension Spool {
    /// Since when its process runs; `nil` where none does, or the record cannot be read.
    ///
    /// The record is written to when the process starts, and then at its end.
    package func runningSince() -> Timestamp? {
        var status = stat()
        guard case .started? = try? state(), stat(recordPath, &status) == 0 else { return nil }
        let time = status.st_mtim
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
