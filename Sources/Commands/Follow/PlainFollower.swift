import Domain
import Runner
import Synchronization

/// Tells a run line by line, where there is no terminal to redraw.
final class PlainFollower: RunObserver {
    private let narrator: Mutex<RunNarrator>
    private let printer: Printer
    private let elapsed: @Sendable () -> Duration

    init(callName: String, printer: Printer, elapsed: @escaping @Sendable () -> Duration) {
        self.printer = printer
        self.elapsed = elapsed
        narrator = Mutex(RunNarrator(callName: callName, tellsTimes: false))
    }

    func observe(_ event: RunEvent) {
        guard !printer.isSilent else { return }
        let lines = narrator.withLock { $0.tell(event, elapsed: elapsed()) }
        printer.print(lines)
    }

    /// Tells what was held back, when nothing follows it.
    ///
    /// Returns when it is cancelled.
    func keepCurrent(by clock: some Clock<Duration>) async {
        guard !printer.isSilent else { return }
        while !Task.isCancelled {
            // The only error is the cancellation, which ends the loop.
            try? await clock.sleep(for: Self.interval)
            guard !Task.isCancelled else { return }
            printer.print(narrator.withLock { $0.flush(elapsed: elapsed()) })
        }
    }

    private static let interval = Duration.seconds(1)
}
