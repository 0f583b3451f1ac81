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
    /// the next daemon to take over. Where it returns, agents are stopped, and their tasks go on at the next start. A second
    /// wish, or a forced one, kills what is left of them, and ends whatever else their runs are at.
    ///
    /// To be ended by `stops`, not by cancelling: runs are never cancelled.
    package func run(stops: StopRequests, letGo: @escaping @Sendable () async -> Void = {}) async throws {
        guard let lock = try OwnerLock.acquire(parts.service.state.daemonLock) else {
            throw DaemonRunning(directory: parts.service.state.root)
        }
        defer { lock.release() }
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                await hear(stops, letGo)
                return .ear
            }
            group.addTask {
                try await link.run(for: workshop)
                return .work
            }
            group.addTask {
                try await workshop.run()
                return .work
            }
            group.addTask {
                await workshop.watchLease()
                return .work
            }
            var working = 3
            while working > 0, let result = await group.nextResult() {
                switch result {
                case .success(.ear): break
                case .success(.work): working -= 1
                case .failure(let error):
                    link.post(.ended)
                    await workshop.leave()
                    stops.finish()
                    throw error
                }
            }
            // Whoever listens does so as long as there is anything to stop.
            group.cancelAll()
        }
    }

    private enum Part: Sendable {
        case ear
        case work
    }

    private func hear(_ stops: StopRequests, _ letGo: @Sendable () async -> Void) async {
        var wishes = stops.stream.makeAsyncIterator()
        // Where nobody can wish anything any more, it ends too.
        let first = await wishes.next()
        link.post(.ended)
        await letGo()
        await workshop.leave(first == .forced ? .forced : .gentle)
        while let wish = await wishes.next() {
            guard wish == .forced else { continue }
            for run in workshop.handles { run.stop(.forced) }
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
