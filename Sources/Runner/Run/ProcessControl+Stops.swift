extension ProcessControl {
    /// Carries a person's wishes to the running process, and to `observer`, while `body` runs; `note` tells other processes.
    func whileHearing<Result: Sendable>(
        _ stops: StopRequests,
        _ observer: any RunObserver,
        _ note: StopNote,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        note.remove()
        defer { note.remove() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await request in stops.stream {
                    note.note(request)
                    observer.observe(.stopping(isForced: request == .forced))
                    self.stop(request)
                }
            }
            defer { stops.finish() }
            return try await body()
        }
    }
}
