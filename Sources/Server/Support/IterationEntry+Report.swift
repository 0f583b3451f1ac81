import Store
import Wire

extension IterationEntry {
    /// What the daemon said of its end; `nil` while it goes on.
    ///
    /// It was read when it was stored: only another version of makima can have written what this one cannot read.
    func report() throws(WireError) -> IterationEnded? {
        guard case .iterationEnded(let report) = try Frame.decode(Array(document.utf8), as: ToServer.self) else {
            return nil
        }
        return report
    }
}
