import Agents
import Domain
import Processes
import Tools

/// What makima's tools bring in one try of one iteration.
struct ToolDesk: Sendable {
    /// On the host.
    let file: String
    let access: ToolAccess

    /// Makes the file that the tool server appends to.
    func open() throws(StateDirectoryError) { try writeFile([], to: file) }

    /// What the agent told; to be asked when nothing of it is left.
    func report() -> ToolReport {
        // A file that is gone told nothing: the agent's own words are there still.
        guard let bytes = SmallFile.read(file, atMost: ToolReport.limit) else { return ToolReport() }
        return ToolReport(reading: bytes, token: access.token)
    }
}
