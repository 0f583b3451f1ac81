extension ProcessControl {
    /// Carries a person's wishes to the running process, and to `observer`, while `body` runs.
    func whileHearing<Result: Sendable>(
        _ stops: StopRequests,
        _ observer: any RunObserver,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await request in stops.stream {
                    observer.observe(.stopping(isForced: request == .forced))
                    self.stop(request)
                }
            }
            defer { stops.finish() }
            return try await body()
        }
    }
}
