import Domain
import Runner
import Synchronization

/// Shows a run on a terminal: what happened scrolls, where it stands is redrawn at the bottom.
final class TerminalFollower: RunObserver {
    private struct State {
        var narrator: RunNarrator
        var progress: RunProgress
        var screen = LiveScreen()
        /// Told, but not yet drawn.
        var pending: [StyledLine] = []
        var lastDrawn: Duration?
        var shownSecond: Int64 = -1
        /// The block is gone for good; nothing may be drawn any more.
        var isEnded = false
    }

    /// At most ten frames a second.
    static let redrawInterval = Duration.milliseconds(100)

    private let state: Mutex<State>
    private let printer: Printer
    private let elapsed: @Sendable () -> Duration

    init(task: TaskRecord, callName: String, printer: Printer, elapsed: @escaping @Sendable () -> Duration) {
        self.printer = printer
        self.elapsed = elapsed
        state = Mutex(
            State(narrator: RunNarrator(callName: callName, tellsTimes: true), progress: RunProgress(task: task))
        )
    }

    func observe(_ event: RunEvent) {
        let time = elapsed()
        state.withLock { state in
            state.progress.apply(event, elapsed: time)
            state.pending += state.narrator.tell(event, elapsed: time)
            let isDue = state.lastDrawn.map { time - $0 >= Self.redrawInterval } ?? true
            if isDue || state.progress.isFinished || state.progress.isStopping { draw(&state, at: time) }
        }
    }

    /// Keeps the clocks on the screen going and draws what was held back.
    ///
    /// Returns when it is cancelled.
    func keepCurrent(by clock: some Clock<Duration>) async {
        while !Task.isCancelled {
            // The only error is the cancellation, which ends the loop.
            try? await clock.sleep(for: Self.redrawInterval)
            let time = elapsed()
            state.withLock { state in
                state.pending += state.narrator.flush(elapsed: time)
                let isNews = !state.pending.isEmpty || time.milliseconds / 1000 != state.shownSecond
                if isNews { draw(&state, at: time) }
            }
        }
    }

    /// Removes the block and draws what is still held back, however the run ended.
    func end() {
        state.withLock { state in
            let frame = state.screen.frame(
                lines: state.pending,
                block: [],
                size: size,
                colour: printer.usesColour
            )
            state.pending = []
            state.isEnded = true
            printer.write(frame)
        }
    }

    private var size: TerminalSize {
        printer.sink.terminalSize() ?? TerminalSize(columns: 80, rows: 24)
    }

    private func draw(_ state: inout State, at time: Duration) {
        guard !state.isEnded else { return }
        let size = size
        let block = StatusBlock.lines(of: state.progress, elapsed: time, columns: size.columns - 1)
        let frame = state.screen.frame(lines: state.pending, block: block, size: size, colour: printer.usesColour)
        state.pending = []
        state.lastDrawn = time
        state.shownSecond = time.milliseconds / 1000
        printer.write(frame)
    }
}
