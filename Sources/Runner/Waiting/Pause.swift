import Domain
import LoopCore

/// A wait that the machine asked for, as it is carried out.
///
/// By the wall clock, looked at in slices: a machine that slept, or a clock that was set forward, does no harm. Nor does
/// one that was set back: by the clock that only goes forward no wait takes longer than it was meant to.
struct Pause: Sendable {
    let wait: TaskWait
    let gate: AccountGate
    let surroundings: Surroundings
    /// Tells each time that a person wants the wait to end now.
    var bell: AsyncStream<Void>?

    /// Returns what happens then; `nil` when the calling task was cancelled.
    func elapse() async -> Happening? {
        await withTaskGroup(of: Happening?.self) { group in
            group.addTask { await elapseByItself().map(Happening.event) }
            if let bell {
                group.addTask {
                    for await _ in bell { return .waitEnded }
                    return nil
                }
            }
            for await happening in group {
                guard let happening else { continue }
                group.cancelAll()
                return happening
            }
            return nil
        }
    }

    private func elapseByItself() async -> LoopMachine.Event? {
        let watch = Stopwatch(surroundings.clock)
        let length = wait.until - surroundings.wallClock.now()
        // Somebody had the lock just now: to look again at once would be haste.
        if wait.role == .standsBy { guard await watch.sleep(until: WaitStep.look) else { return nil } }
        while true {
            let left = min(wait.until - surroundings.wallClock.now(), length - watch.elapsed)
            let step: WaitStep
            do {
                step = WaitStep.next(wait.role, left: left, turn: try await gate.look())
            } catch {
                return RunFailure.event(RunFailure.reason(forJournal: error))
            }
            switch step {
            case .goOn(let isSpread):
                let pause = isSpread ? Self.spread * surroundings.jitter() : .zero
                return await watch.sleep(until: watch.elapsed + pause) ? .waitElapsed : nil
            case .hold(let hold):
                return .heldBack(hold)
            case .sleep(let time):
                guard await watch.sleep(until: watch.elapsed + time) else { return nil }
            }
        }
    }

    /// Those that a probe has freed start within so much time.
    private static let spread = Duration.seconds(2)
}
