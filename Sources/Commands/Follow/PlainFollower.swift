import Domain
import Runner
import Synchronization

/// Tells a run line by line, where there is no terminal to redraw.
final class PlainFollower: RunObserver {
    private let narrator: Mutex<RunNarrator>
    private let printer: Printer

    init(callName: String, printer: Printer) {
        self.printer = printer
        narrator = Mutex(RunNarrator(callName: callName, tellsTimes: false))
    }

    func observe(_ event: RunEvent) {
        guard !printer.isSilent else { return }
        let lines = narrator.withLock { $0.tell(event, elapsed: .zero) }
        printer.print(lines)
    }
}
