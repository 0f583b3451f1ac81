import Domain

extension LocalTaskService {
    /// Lets the tasks stand as they do when the deaths of their owners are recorded.
    ///
    /// What cannot be recovered stays as it is, and is named.
    func recoverAbandoned(in listing: inout TaskListing) async throws {
        let recovery = Recovery(parts: parts)
        var found = listing
        try await withThrowingTaskGroup(of: (Int, Result<TaskRecord, any Error>).self) { group in
            var running = 0
            func take(_ index: Int, _ result: Result<TaskRecord, any Error>) throws {
                switch result {
                case .success(let task): found.tasks[index] = task
                case .failure(let cancelled as CancellationError): throw cancelled
                case .failure(let error): found.unrecovered[found.tasks[index].id] = "\(error)"
                }
            }
            for (index, task) in listing.tasks.enumerated() where task.status.isActive {
                if running == Self.recoveriesAtATime, let (index, result) = try await group.next() {
                    try take(index, result)
                    running -= 1
                }
                group.addTask {
                    do {
                        return (index, .success(try await recovery.noteIfAbandoned(task)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
                running += 1
            }
            for try await (index, result) in group { try take(index, result) }
        }
        listing = found
    }

    /// A recovery waits for git and for the disk more than it computes.
    private static let recoveriesAtATime = 8
}
