import Dispatch
import Glibc
import Runner

/// Turns interrupt and terminate signals into wishes to stop.
final class StopSignals: Sendable {
    // Made at once, armed when someone listens; a dispatch source may be resumed from anywhere.
    private nonisolated(unsafe) let sources = [SIGINT, SIGTERM, SIGHUP]
        .map {
            DispatchSource.makeSignalSource(signal: $0, queue: .global())
        }

    /// Takes over the signals.
    ///
    /// To be called once.
    func listen() -> StopRequests {
        let stops = StopRequests()
        for source in sources {
            source.setEventHandler { stops.request() }
            source.resume()
        }
        return stops
    }
}
