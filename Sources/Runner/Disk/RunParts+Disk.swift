import Domain
import LoopCore
import Synchronization

extension RunParts {
    /// Runs `body`, and looks meanwhile what the task takes of the disk; where that is too much, what runs is ended.
    ///
    /// `output` is where that writes its output. Returns what was too much beside what `body` made of it.
    func withinDisk<Result>(
        output: String,
        _ body: () async throws -> Result
    ) async rethrows -> (Result, EnvironmentProblem?) {
        guard let allowance = DiskAllowance(confinement.spec.limits.diskMiB) else { return (try await body(), nil) }
        let found = FoundProblem()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watchDisk(allowance, output, found) }
            let result = try await body()
            group.cancelAll()
            return (result, found.problem)
        }
    }

    /// What happens instead of a start where the task's files take too much already: what is started then would be ended at
    /// once, and use up an iteration.
    func refusalForExcess() async -> LoopMachine.Event? {
        await excess().map { .blocked(.environment($0)) }
    }

    /// What is wrong where the task's files take too much; looks once.
    func excess() async -> EnvironmentProblem? {
        guard let allowance = DiskAllowance(confinement.spec.limits.diskMiB) else { return nil }
        return allowance.excess(of: await DiskUsage.bytes(beneath: folders))
    }

    /// All that a task takes beside the output of what runs.
    private var folders: [String] { [directory.tree, directory.git, directory.home] }

    private func watchDisk(_ allowance: DiskAllowance, _ output: String, _ found: FoundProblem) async {
        let watch = Stopwatch(surroundings.clock)
        let folders = folders + [output]
        var (number, pause) = (0, Duration.zero)
        repeat {
            let begun = watch.elapsed
            if let problem = allowance.excess(of: await DiskUsage.bytes(beneath: folders)) {
                found.note(problem)
                control.endProcess()
            }
            pause = DiskAllowance.pause(afterLook: number, taking: watch.elapsed - begun)
            number += 1
        } while await watch.sleep(until: watch.elapsed + pause)
    }
}

/// The first that was wrong.
private final class FoundProblem: Sendable {
    private let state = Mutex<EnvironmentProblem?>(nil)

    var problem: EnvironmentProblem? { state.withLock { $0 } }

    func note(_ problem: EnvironmentProblem) { state.withLock { $0 = $0 ?? problem } }
}
