/// Wakes viewers that have nothing to see, so that dead connections are noticed.
struct ViewerPulse: Sendable {
    let viewers: ViewerHub
    let step: Duration
    let surroundings: Surroundings

    func run() async {
        while true {
            do {
                try await surroundings.clock.sleep(for: step)
            } catch { return }
            viewers.pulse()
        }
    }
}
