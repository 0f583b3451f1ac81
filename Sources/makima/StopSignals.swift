import Dispatch
import Glibc
import Runner

/// Turns interrupt and terminate signals into wishes to stop, SIGUSR2 into a forced one, and SIGUSR1 into one to pause.
final class StopSignals: Sendable {
    // Made at once, armed when someone listens; a dispatch source may be resumed from anywhere.
    private nonisolated(unsafe) let sources = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
        .map {
            DispatchSource.makeSignalSource(signal: $0, queue: .global())
        }

    // As the others.
    private nonisolated(unsafe) let pause = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
    private nonisolated(unsafe) let force = DispatchSource.makeSignalSource(signal: SIGUSR2, queue: .global())

    /// Takes over the signals.
    ///
    /// To be called once.
    func listen() -> StopRequests {
        let stops = StopRequests()
        for source in sources {
            // As the array that it is of.
            nonisolated(unsafe) let source = source
            source.setEventHandler {
                // Those that came before the first could be handled are told together.
                for _ in 0..<max(1, source.data) { stops.request() }
            }
            source.resume()
        }
        pause.setEventHandler { stops.requestPause() }
        pause.resume()
        force.setEventHandler { stops.requestForced() }
        force.resume()
        return stops
    }
}
