package import Domain
import Journal
package import Runner

/// Runs tasks for a server.
///
/// Everything that it is told and has to tell is on its disk before it matters: it may die at any point, and the next one
/// goes on.
package struct MakimaDaemon: Sendable {
    private let parts: DaemonParts
    private let link: Link
    private let workshop: Workshop

    package init(_ parts: DaemonParts) {
        let clock = DaemonClock(parts.service.surroundings.clock)
        var parts = parts
        // Work is to travel as soon as there is any.
        parts.service.importInterval = .zero
        parts.service.orphanCeiling = { [ceiling = parts.orphanCeiling] in ceiling.value }
        self.parts = parts
        link = Link(parts, clock: clock)
        workshop = Workshop(parts, link: link, clock: clock)
    }

    /// Runs until a person wants it to end.
    ///
    /// Then `letGo` is called: it may end the process, and agents go on under their shims, within the task's orphan time, for
    /// the next daemon to take over. Where it returns, agents are stopped, and their tasks go on at the next start.
    ///
    /// To be ended by `stops`, not by cancelling: runs are never cancelled.
    package func run(stops: StopRequests, letGo: @escaping @Sendable () async -> Void = {}) async throws {
        guard let lock = try OwnerLock.acquire(parts.service.state.daemonLock) else {
            throw DaemonRunning(directory: parts.service.state.root)
        }
        defer { lock.release() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stops.stream { break }
                link.post(.ended)
                await letGo()
                await workshop.leave()
            }
            group.addTask { try await link.run(for: workshop) }
            group.addTask { try await workshop.run() }
            group.addTask { await workshop.watchLease() }
            while let result = await group.nextResult() {
                guard case .failure(let error) = result else { continue }
                link.post(.ended)
                await workshop.leave()
                stops.finish()
                throw error
            }
        }
    }
}

/// Another daemon has the state directory.
package struct DaemonRunning: ExplainedError, Hashable {
    var directory: String

    package var description: String { "Another daemon runs with the state directory '\(directory)'." }
    package var errorCode: ErrorCode { .refused }
    package var hint: String { "Stop that one, or name another directory in 'MAKIMA_STATE_DIR'." }
}
