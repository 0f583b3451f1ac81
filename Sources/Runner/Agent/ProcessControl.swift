import Domain
import Processes
import Synchronization

/// The handle by which a person's wish to stop reaches whatever of the task is under way now: a process, or other work.
///
/// A wish that comes while nothing runs is kept: the next process to start is told at once.
final class ProcessControl: Sendable {
    private struct State {
        var process: SupervisedProcess?
        var interrupt: (@Sendable () -> Void)?
        var wish: StopRequest?
        /// Which says why the run stops, however insistent the later ones are.
        var first: StopRequest?
        var listener: (@Sendable (StopRequest) -> Void)?
        /// What ends other work than a process, and at which wishes.
        var endings: [Int: (least: Insistence, end: @Sendable () -> Void)] = [:]
        var nextEnding = 0

        func isWished(_ least: Insistence) -> Bool { wish.map(least.includes) ?? false }
    }

    /// How insistent a wish has to be to end some work.
    enum Insistence: Sendable {
        case any
        case forced

        func includes(_ wish: StopRequest) -> Bool { self == .any || wish == .forced }
    }

    private let state = Mutex(State())

    /// Whether a person asked for the end since the control was made.
    var isStopping: Bool { state.withLock { $0.wish != nil } }

    /// Why the run stops, where a person wants that.
    var stopReason: Reason? { state.withLock(\.first)?.reason }

    /// Calls `listener` with the first wish at each wish to stop from now on, and at once where there was one before.
    func onStop(_ listener: @escaping @Sendable (StopRequest) -> Void) {
        let first = state.withLock { state in
            state.listener = listener
            return state.first
        }
        if let first { listener(first) }
    }

    /// Lets wishes reach `process`; a gentle one by `interrupt`, where that is given.
    func attach(_ process: SupervisedProcess, askingFirst interrupt: (@Sendable () -> Void)? = nil) {
        let wish = state.withLock { state in
            state.process = process
            state.interrupt = interrupt
            return state.wish
        }
        if let wish { pass(wish, to: process, interrupt) }
    }

    func detach() {
        state.withLock { state in
            state.process = nil
            state.interrupt = nil
        }
    }

    /// Ends what runs now, where something does, without anybody's wish to stop.
    func endProcess() { state.withLock { $0.process }?.interrupt() }

    func stop(_ wish: StopRequest) {
        let (now, first) = state.withLock { state in
            let first = state.first ?? wish
            state.first = first
            if state.wish != .forced { state.wish = wish }
            return (state, first)
        }
        if let process = now.process { pass(wish, to: process, now.interrupt) }
        for ending in now.endings.values where ending.least.includes(wish) { ending.end() }
        now.listener?(first)
    }

    /// Carries out `body`, and cancels it at a wish to stop that is as insistent as `least`.
    ///
    /// Throws ``RunStopped`` with the first wish's reason where `body` failed after such a wish. One that came before counts
    /// too, and then nothing is begun, unless only later ones are to.
    func ending<Result: Sendable>(
        at least: Insistence,
        onlyLater: Bool = false,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (wishes, inbox) = AsyncStream.makeStream(of: Void.self)
        let number = try begin(least, onlyLater) { inbox.yield() }
        defer { state.withLock { $0.endings[number] = nil } }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in wishes { break }
                return nil
            }
            do {
                while let result = try await group.next() {
                    group.cancelAll()
                    if let result { return result }
                }
                throw CancellationError()
            } catch {
                group.cancelAll()
                guard state.withLock({ $0.isWished(least) }), let stopReason else { throw error }
                throw RunStopped(reason: stopReason)
            }
        }
    }

    private func begin(_ least: Insistence, _ onlyLater: Bool, _ end: @escaping @Sendable () -> Void) throws -> Int {
        let number: Int? = state.withLock { state in
            guard onlyLater || !state.isWished(least) else { return nil }
            state.nextEnding += 1
            state.endings[state.nextEnding] = (least, end)
            return state.nextEnding
        }
        guard let number else { throw RunStopped(reason: stopReason ?? .interrupted(.person)) }
        return number
    }

    private func pass(_ wish: StopRequest, to process: SupervisedProcess, _ interrupt: (@Sendable () -> Void)?) {
        switch wish {
        case .gentle, .pause: if let interrupt { interrupt() } else { process.interrupt() }
        case .forced: process.kill()
        }
    }
}

extension StopRequest {
    fileprivate var reason: Reason { self == .pause ? .paused : .interrupted(.person) }
}
