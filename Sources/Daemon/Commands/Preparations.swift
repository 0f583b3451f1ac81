import Domain
import Synchronization
import Wire

/// The attempts that are being prepared, which whoever wants them to end need not wait for: a repository that is not on this machine may
/// take long to get.
///
/// The command that says so waits in its lane, behind the one that is being carried out.
final class Preparations: Sendable {
    private struct State {
        var bells: [TaskID: Bell] = [:]
        var wishes: [TaskID: Wish] = [:]
    }

    private struct Wish {
        var attempt: Int
        var wish: AttemptWish
    }

    private let state = Mutex(State())

    /// Somebody wants the attempt to end; the command comes to be carried out, and then it is to be forgotten here.
    func note(_ wish: AttemptWish, _ head: CommandHead) {
        guard let task = TaskID(rawValue: head.taskId) else { return }
        let bell = state.withLock { state in
            state.wishes[task] = Wish(attempt: head.attempt, wish: wish)
            return state.bells[task]
        }
        bell?.ring()
    }

    func forgetWish(of task: TaskID) { state.withLock { $0.wishes[task] = nil } }

    /// Ends the preparation of a task, if there is one: its attempt is not the daemon's any more.
    func cut(_ task: TaskID) { state.withLock { $0.bells[task] }?.ring() }

    /// Carries out `body`; throws ``PreparationCut`` where that is not wanted any more.
    func prepare<Result: Sendable>(
        _ held: HeldTask,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let bell = Bell()
        state.withLock { $0.bells[held.task] = bell }
        defer { state.withLock { $0.bells[held.task] = nil } }
        if wish(for: held) != nil { bell.ring() }
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await bell.wait()
                try Task.checkCancellation()
                throw PreparationCut(wish: self.wish(for: held))
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    private func wish(for held: HeldTask) -> AttemptWish? {
        state.withLock { $0.wishes[held.task] }.flatMap { $0.attempt == held.attempt ? $0.wish : nil }
    }
}

/// Whoever an attempt belongs to wants nothing of it any more.
struct PreparationCut: Error {
    /// `nil` where it is not the daemon's any more.
    var wish: AttemptWish?
}
