import Agents
import Domain
import Processes
import Tools

/// What makima's tools bring in one try of one iteration.
struct ToolDesk: Sendable {
    /// On the host.
    let file: String
    let access: ToolAccess
    /// Whether the agent's program is told of the tool server; one that takes no tools may call by a command.
    var isServed = true
    /// Of an agent that leads others; `nil` for one that does not.
    var leader: LeaderDesk?

    /// Makes the files that the tool server appends to, and reads.
    func open() throws(StateDirectoryError) {
        try writeFile([], to: file)
        try leader?.open()
    }

    /// Answers what the agent calls for while `body` runs; `tell` hears why some is not answered for now.
    func serve<Result: Sendable>(
        tell: @escaping @Sendable (String) -> Void,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let leader else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await leader.serve(tell: tell) }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// What the agent told, without `secrets`; to be asked when nothing of it is left.
    ///
    /// `tell` hears why the file still holds them, where it does.
    func report(without secrets: Secrets, tell: (String) -> Void) -> ToolReport {
        // A file that is gone told nothing: the agent's own words are there still.
        guard let bytes = SmallFile.read(file, atMost: ToolReport.limit) else { return ToolReport() }
        var told = secrets
        told.add(access.token, called: ToolAccess.tokenVariable)
        do {
            let clean = try Redactor(secrets).redact(bytes)
            try conceal(bytes, told, tell)
            return ToolReport(reading: clean, token: access.token)
        } catch {
            tell("\(error)")
            return ToolReport()
        }
    }

    /// What is read of the file stays, without secrets and without the token, which marks nothing any more.
    private func conceal(_ bytes: [UInt8], _ secrets: Secrets, _ tell: (String) -> Void) throws {
        let clean = try Redactor(secrets).redact(bytes)
        guard clean != bytes else { return }
        do {
            try writeFile(clean, to: file)
        } catch {
            tell("\(error)")
        }
    }
}
